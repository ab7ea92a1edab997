"""A way to the broker that takes everything at once and passes it on slowly, as a proxy may."""

from __future__ import annotations

import asyncio
import threading

from tests.support import free_ports

PIECE = 2048  # bytes


class BufferingProxy:
    """Stands in front of a broker's three TCP ports; ``rate`` (bit/s) holds for each direction.

    Its buffers have no limit, so that no sender ever sees from its own socket how slow it is.
    """

    def __init__(self, broker_port: int, rate: float) -> None:
        self.rate = rate
        self.port = free_ports()
        self._broker_port = broker_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    @property
    def url(self) -> str:
        """The bus, by way of the proxy."""
        return f"tcp://127.0.0.1:{self.port}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        for number in range(3):

            async def connect(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int = number
            ) -> None:
                there = await asyncio.open_connection("127.0.0.1", self._broker_port + number)
                await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))

            await asyncio.start_server(connect, "127.0.0.1", self.port + number)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer: asyncio.Queue[bytes] = asyncio.Queue()
        sending = asyncio.create_task(self._send(buffer, writer))
        try:
            while data := await reader.read(65536):
                for begin in range(0, len(data), PIECE):
                    buffer.put_nowait(data[begin : begin + PIECE])
        except ConnectionError:
            pass
        finally:
            sending.cancel()
            writer.close()

    async def _send(self, buffer: asyncio.Queue[bytes], writer: asyncio.StreamWriter) -> None:
        free = self._loop.time()
        while True:
            piece = await buffer.get()
            free = max(free, self._loop.time()) + len(piece) * 8 / self.rate
            await asyncio.sleep(free - self._loop.time())
            writer.write(piece)
