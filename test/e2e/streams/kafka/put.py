"""Puts records on a Kafka topic: TOPIC PARTITIONS SETTINGS FILE, with a JSON document a line for each record."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from pathlib import Path

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

topic, partitions, settings = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
admin = AdminClient(settings)
for made in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
    # It is there already, after the first time.
    with contextlib.suppress(KafkaException):
        made.result()
producer = Producer(settings)
for line in Path(sys.argv[4]).read_text().splitlines():
    record = json.loads(line)
    producer.produce(topic, key=record["key"], value=base64.b64decode(record["data"]))
if left := producer.flush(30):
    sys.exit(f"{left} records did not reach the broker")
