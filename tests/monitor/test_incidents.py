"""Incidents: when one begins and ends, and what its line says."""

from __future__ import annotations

import time

from framebus_monitor.incidents import CALM_S, Incident, Incidents
from framebus_monitor.samples import Sample

BEGIN = 1_764_000_000.0


def sample(second: int, camera: str = "cam0", **fields: object) -> Sample:
    return Sample(at=BEGIN + second, camera=camera, seconds=1.0, produced=30, **fields)


def told(incidents: Incidents, *samples: Sample) -> list[Incident]:
    return [one for each in samples for one in incidents.update([each], each.at)]


def test_losses_that_follow_each_other_are_one_incident_until_five_seconds_of_calm() -> None:
    incidents = Incidents()
    seconds = {11: {"link": 200}, 13: {"link": 10, "late": 3}, 17: {"link": 1}}
    changed = told(
        incidents,
        *(
            sample(second, lost=seconds.get(second, {}), target=4_000_000 - 100_000 * second)
            for second in range(24)
        ),
    )
    assert [one.over for one in changed] == [True, True]  # it began, and is over now
    assert changed[0] is changed[1]
    (incident,) = {id(one): one for one in changed}.values()
    assert (incident.begin, incident.end) == (BEGIN + 10, BEGIN + 17)
    assert incident.frames == {"link": 211, "late": 3}
    clock = [time.strftime("%H:%M:%S", time.localtime(BEGIN + second)) for second in (10, 17)]
    assert incident.text == (
        f"{clock[0]}–{clock[1]} cam0: 214 frames, link 211, late 3, bitrate 3.0 → 2.3 Mbit/s"
    )
    assert incidents.open == []


def test_no_signal_is_one_a_camera_stopped_on_purpose_none() -> None:
    incidents = Incidents()
    stopped = sample(1, "cam1", wanted=False, trouble="stopped by console")
    assert told(incidents, stopped) == []
    for second in range(3):
        told(incidents, sample(second, trouble="camera unplugged"))
    (going,) = incidents.open
    assert going.text.endswith("cam0: no signal for 3 s: camera unplugged")
    assert not going.over


def test_cameras_have_incidents_of_their_own_and_unexplained_frames_are_one() -> None:
    incidents = Incidents()
    told(incidents, sample(1, lost={"bus": 1}), sample(1, "cam1", unexplained=2))
    assert {one.camera for one in incidents.open} == {"cam0", "cam1"}
    ended = incidents.update([], BEGIN + 2 + CALM_S)
    assert sorted(sum(one.frames.values()) for one in ended) == [1, 2]
