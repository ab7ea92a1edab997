"""Viewers by WebRTC, run by `fanout.py`: aiortc's own client, which decodes.

    fanout_whep.py --port 8080 --seconds 10 --viewers 5

Prints as `fanout_viewers.py` does, with the pictures of each viewer in place of bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import time
import urllib.request

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription


async def watch(port: int, seen: list[int], number: int) -> None:
    """Count a viewer's pictures, for ever."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("video", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/cameras/cam0/whep",
        peer.localDescription.sdp.encode(),
        {"Content-Type": "application/sdp"},
    )
    with await asyncio.to_thread(urllib.request.urlopen, request, timeout=30) as answer:
        sdp = answer.read().decode()
    await peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
    track = peer.getReceivers()[0].track
    while True:
        await track.recv()
        seen[number] += 1


async def run(port: int, seconds: float, viewers: int) -> None:
    """All viewers at once."""
    seen = [0] * viewers
    watching = [asyncio.ensure_future(watch(port, seen, n)) for n in range(viewers)]
    while not all(seen):
        await asyncio.sleep(0.1)
    await asyncio.sleep(3)
    print("began", flush=True)
    before, began = list(seen), time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    counts = [now - then for now, then in zip(seen, before, strict=True)]
    print(json.dumps({"bytes": counts, "seconds": took}), flush=True)
    for task in watching:
        task.cancel()


def main() -> None:
    """Watch, count, print."""
    logging.disable()
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--viewers", type=int, default=1)
    options = parser.parse_args()
    asyncio.run(run(options.port, options.seconds, options.viewers))


if __name__ == "__main__":
    main()
