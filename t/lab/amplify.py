#!/usr/bin/python3
"""
DNS responses that expand to as much text as possible, for t/16-amplify.t.

amplify.py serve PORT: the authoritative server of evil.example on 127.0.0.1. Each name that begins with `q` has a chain of
11 CNAMEs of 250 binary octets to 3,800 addresses; each other name has 4,000 addresses. Replies over UDP are truncated.
amplify.py attack PORT COUNT RATE: sends COUNT queries over TCP to the resolver on 127.0.0.1, RATE per second, 40 % for a
chain; prints the number of replies and the rate.
amplify.py ask PORT: sends queries for n0.wild.example.net, n1 and so on, 100 per second, until SIGTERM; prints each name
with a reply.
amplify.py frames SOCKET KIND COUNT: writes COUNT dnstap frames to a unix socket, each with the response of KIND:
`chain`, or `plain-WORD` for one address of WORD0.example.net, WORD1 and so on.
"""
import signal
import socket
import struct
import sys
import threading
import time

A, CNAME = 1, 5
ZONE = (b'evil', b'example')
HOPS = 11


def wire(labels):
    return b''.join(bytes([len(label)]) + label for label in labels) + b'\0'


def hop(n):
    return tuple(bytes([0x80 + n]) * size for size in (63, 63, 63, 45)) + ZONE


def record(owner, kind, data):
    return owner + struct.pack('>HHIH', kind, 1, 3600, len(data)) + data


def addresses(owner, n):
    return [record(owner, A, struct.pack('>I', 0x0b000000 + i)) for i in range(n)]


def message(ident, flags, question, records):
    return struct.pack('>6H', ident, flags, 1, len(records), 0, 0) + question + b''.join(records)


def parse_question(query):
    at, labels = 12, []
    while query[at] != 0:
        labels.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    return tuple(labels), query[12:at + 5]


def records_of(labels):
    owner = b'\xc0\x0c'
    if labels[0][0] >= 0x80 and labels[0][0] < 0x80 + HOPS:
        n = labels[0][0] - 0x80
        return [record(owner, CNAME, wire(hop(n + 1)))] if n < HOPS - 1 else addresses(owner, 3800)
    if labels[0].startswith(b'q'):
        return [record(owner, CNAME, wire(hop(0)))]
    return addresses(owner, 4000)


def read_exactly(stream, n):
    data = b''
    while len(data) < n:
        more = stream.recv(n - len(data))
        if not more:
            raise ConnectionError('closed')
        data += more
    return data


def read_message(stream):
    return read_exactly(stream, struct.unpack('>H', read_exactly(stream, 2))[0])


def serve_stream(stream):
    try:
        while True:
            query = read_message(stream)
            labels, question = parse_question(query)
            reply = message(struct.unpack('>H', query[:2])[0], 0x8400, question, records_of(labels))
            stream.sendall(struct.pack('>H', len(reply)) + reply)
    except OSError:
        stream.close()


def serve_datagrams(datagrams):
    while True:
        query, peer = datagrams.recvfrom(4096)
        datagrams.sendto(message(struct.unpack('>H', query[:2])[0], 0x8600, parse_question(query)[1], []), peer)


def serve(port):
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(('127.0.0.1', port))
    threading.Thread(target=serve_datagrams, args=(datagrams,), daemon=True).start()
    listener = socket.create_server(('127.0.0.1', port))
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=serve_stream, args=(stream,), daemon=True).start()


def query(name, ident=0):
    return struct.pack('>6H', ident, 0x100, 1, 0, 0, 0) + wire(name) + struct.pack('>HH', A, 1)


def attack_one(port, indices, rate, begin, sizes):
    stream = socket.create_connection(('127.0.0.1', port))
    for i in indices:
        time.sleep(max(0, begin + i / rate - time.monotonic()))
        asked = query((b'q' if i % 5 < 2 else b'p',) + ZONE)
        stream.sendall(struct.pack('>H', len(asked)) + asked)
        sizes.append(len(read_message(stream)))


def attack(port, count, rate):
    begin, sizes, threads = time.monotonic(), [], 4
    each = [threading.Thread(target=attack_one, args=(port, range(i, count, threads), rate, begin, sizes))
            for i in range(threads)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    print(sum(size > 60000 for size in sizes), round(len(sizes) / (time.monotonic() - begin)))


def ask(port):
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.settimeout(2)
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    i = 0
    while not ended:
        name = (b'n%d' % i, b'wild', b'example', b'net')
        datagrams.sendto(query(name, i & 0xffff), ('127.0.0.1', port))
        try:
            while struct.unpack('>H', datagrams.recv(4096)[:2])[0] != i & 0xffff:
                pass
            print(b'.'.join(name).decode())
        except socket.timeout:
            pass
        i += 1
        time.sleep(0.01)


def number(value):
    out = b''
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(key, value):
    return number(key << 3 | 2) + number(len(value)) + value


def frame(response):
    told = b'\x08\6' + field(4, b'\xc0\0\2\7') + b'\x60' + number(int(time.time())) + field(14, response)
    payload = field(14, told) + b'\x78\1'
    return struct.pack('>I', len(payload)) + payload


def chain_response():
    records, owner, at = [], b'\xc0\x0c', 12 + len(wire((b'q',) + ZONE)) + 4
    for n in range(HOPS):
        records.append(record(owner, CNAME, wire(hop(n))))
        owner = struct.pack('>H', 0xc000 | at + 12)
        at += len(records[-1])
    return message(0, 0x8180, wire((b'q',) + ZONE) + b'\0\1\0\1', records + addresses(owner, 3800))


def frames(path, kind, count):
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(path)
    content = b'protobuf:dnstap.Dnstap'
    stream.sendall(struct.pack('>5I', 0, 12 + len(content), 2, 1, len(content)) + content)
    chain = frame(chain_response())
    for i in range(count):
        if kind == 'chain':
            stream.sendall(chain)
            continue
        asked = wire((kind[6:].encode() + b'%d' % i, b'example', b'net')) + b'\0\1\0\1'
        stream.sendall(frame(message(0, 0x8180, asked, addresses(b'\xc0\x0c', 1))))
    stream.sendall(struct.pack('>3I', 0, 4, 3))
    stream.shutdown(socket.SHUT_WR)
    stream.recv(1)


if __name__ == '__main__':
    what, words = sys.argv[1], sys.argv[2:]
    sys.stdout.reconfigure(line_buffering=True)
    if what == 'serve':
        serve(int(words[0]))
    elif what == 'attack':
        attack(int(words[0]), int(words[1]), float(words[2]))
    elif what == 'ask':
        ask(int(words[0]))
    elif what == 'frames':
        frames(words[0], words[1], int(words[2]))
