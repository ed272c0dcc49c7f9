"""independent_reader.py APICSIM TRACES: reads golden traces as docs/traces.md says and compares
every event with what 'apicsim trace --json' prints."""

import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import zlib


class Block:
    def __init__(self, data):
        self.data, self.at = data, 0

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def text(self):
        size = self.varint()
        self.at += size
        return self.data[self.at - size:self.at].decode("utf-8", "replace")

    def __bool__(self):
        return self.at < len(self.data)


def unzigzag(code):
    return code >> 1 ^ -(code & 1)


def blocks(data):
    """The header and the raw blocks of a file whose digest is right."""
    assert data[:8] == b"APICTRC\n"
    version, size = struct.unpack_from("<II", data, 8)
    assert version == 1
    at, raw = 16 + size, []
    while struct.unpack_from("<I", data, at)[0]:
        packed, length = struct.unpack_from("<II", data, at)
        raw.append(Block(zlib.decompress(data[at + 8:at + 8 + packed])))
        assert len(raw[-1].data) == length
        at += 8 + packed
    zero, events = struct.unpack_from("<IQ", data, at + 4)
    assert zero == 0 and at + 48 == len(data)
    assert hashlib.sha256(data[:-32]).digest() == data[-32:]
    return json.loads(data[16:16 + size]), raw, events


def events_of(header, raw):
    kinds, texts, last, cycle = [], [], {}, 0
    for block in raw:
        while block:
            tag = block.varint()
            if tag == 0:
                fields = header["events"][block.varint()]["fields"]
                kinds.append((fields[:block.varint()], block.text()))
            elif tag == 1:
                texts.append(block.text())
            else:
                fields, name = kinds[tag - 2]
                cycle = (cycle + unzigzag(block.varint())) % 2**64
                cpu = block.varint() - 1
                values = {}
                for number, field in enumerate(fields):
                    code, key = block.varint(), (tag, cpu, number)
                    if field["format"] == "text":
                        values[field["name"]] = texts[code]
                        continue
                    before = cycle if field["format"] == "cycle" else last.get(key, 0)
                    step = unzigzag(code)
                    value = before - step if field["format"] == "cycle" else before + step
                    last[key] = value % 2**64
                    values[field["name"]] = shown(field, last[key])
                yield {
                    "cycle": cycle,
                    "ns": nanoseconds(cycle, header["clocks"]["reference_hz"]),
                    "cpu": None if cpu < 0 else cpu,
                    "event": name,
                    "fields": values,
                }


def shown(field, value):
    if field["format"] != "requester":
        return value
    return f"{value >> 8 & 0xFF:02x}:{value >> 3 & 0x1F:02x}.{value & 7}"


def nanoseconds(cycle, hz):
    picoseconds = cycle * 10**12 // hz
    return f"{picoseconds // 1000}.{picoseconds % 1000:03}"


def main(apicsim, traces):
    files = sorted(pathlib.Path(traces).glob("*/*.trace"))
    for file in files:
        header, raw, count = blocks(file.read_bytes())
        mine = list(events_of(header, raw))
        assert len(mine) == count, file
        output = subprocess.run([apicsim, "trace", file, "--json"], check=True,
                                capture_output=True, encoding="utf-8", errors="replace").stdout
        theirs = [json.loads(line) for line in output.splitlines()]
        for left, right in zip(mine, theirs, strict=True):
            assert left == right, f"{file}: {left} != {right}"
        print(f"{file.parent.name}/{file.stem}: {count} events")


if __name__ == "__main__":
    main(*sys.argv[1:])
