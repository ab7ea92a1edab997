# One image for every service; docker-compose.yml says which program runs.
FROM python:3.11-slim-bookworm AS builder
RUN python3 -m venv /opt/framebus
WORKDIR /src
COPY constraints.txt ./
COPY proto proto
COPY services services
RUN /opt/framebus/bin/pip install --no-cache-dir --constraint constraints.txt \
    ./proto ./services/web ./services/broker ./services/capture ./services/encoder ./services/gateway ./services/monitor

FROM python:3.11-slim-bookworm
RUN useradd --system --no-create-home framebus && install -d -o framebus /var/lib/framebus /var/lib/accounts
COPY --from=builder /opt/framebus /opt/framebus
ENV PATH=/opt/framebus/bin:$PATH
USER framebus
