"""What the window does, in a real window of an offscreen Qt on a real bus."""

from __future__ import annotations

import json
import os
import threading
from contextlib import closing
from pathlib import Path

import pytest

from framebus.bus import Bus
from tests.conftest import Start
from tests.console.actor import Actor
from tests.console.conftest import SMALL
from tests.console.scene import play

pytestmark = pytest.mark.usefixtures("qt")


@pytest.mark.parametrize(
    "scene",
    [
        "picture_moves",
        "space_stops_and_starts",
        "nothing_grows",
        "log_is_filtered_and_saved",
        "log_floods",
        "records_and_takes_pictures",
        "looks_change",
        "full_screen",
        "fits_every_screen",
    ],
)
def test_scene(scene: str, chain: str, tmp_path: Path) -> None:
    play(scene, chain, tmp_path)


@pytest.mark.parametrize("scene", ["controls_reach_the_camera", "several_cameras_are_tabs"])
def test_scene_with_an_actor(scene: str, chain: str, tmp_path: Path) -> None:
    with Bus(chain, "capture", "actor") as bus, closing(Actor(bus)):
        play(scene, chain, tmp_path)


def test_broker_comes_and_goes(bus_url: str, start: Start, tmp_path: Path) -> None:
    start("framebus-capture", "--bus", bus_url, *SMALL)
    pipe = tmp_path / "say"
    os.mkfifo(pipe)

    def obey() -> None:
        broker = None
        with pipe.open() as told:
            for line in told:
                if line == "start\n":
                    broker = start("framebus-broker", "--bus", bus_url)
                elif broker:
                    broker.process.kill()
                    broker.process.wait()

    thread = threading.Thread(target=obey, daemon=True)
    thread.start()
    play("broker_comes_and_goes", bus_url, tmp_path, json.dumps({"say": str(pipe)}))
    thread.join()
