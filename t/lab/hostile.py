#!/usr/bin/python3
"""Hostile BGP peers: hostile.py FIRST-PORT PEERS

Each case is one peer, on its own port of 127.0.0.1, so all run in parallel; PEERS is written in the format of
bgp-announce's peer file. Prints `ok NAME` or `not ok NAME: REASON` for each case, then `done`. Afterwards each
case serves every new connection until a line arrives on stdin. The last peer is a good one, which then reports
whether its session was affected.
"""
import asyncio
import socket
import struct
import sys

OURS, ID, OUR_ID = 65000, '10.0.0.2', '10.0.0.1'  # the AS is the same on both sides
OPEN, UPDATE, NOTIFICATION, KEEPALIVE, REFRESH = 1, 2, 3, 4, 5
FAMILIES = ((1, 1), (2, 1))


def message(kind, body=b'', marker=b'\xff' * 16, length=None):
    return marker + struct.pack('!HB', 19 + len(body) if length is None else length, kind) + body


def capability(code, value=b''):
    return bytes([code, len(value)]) + value


CAPABILITIES = b''.join(capability(1, struct.pack('!HBB', afi, 0, safi)) for afi, safi in FAMILIES) + capability(2)


def open_message(version=4, asn=OURS, hold=90, ident=ID, params=None, as4=None, params_length=None):
    if params is None:
        offered = CAPABILITIES + capability(65, struct.pack('!I', asn if as4 is None else as4))
        params = bytes([2, len(offered)]) + offered
    size = len(params) if params_length is None else params_length
    return message(OPEN, struct.pack('!BHH', version, asn, hold) + socket.inet_aton(ident) + bytes([size]) + params)


def attribute(flags, code, value=b'', length=None):
    return bytes([flags, code, len(value) if length is None else length]) + value


ORIGIN, AS_PATH = attribute(0x40, 1, b'\0'), attribute(0x40, 2)
NEXT_HOP, LOCAL_PREF = attribute(0x40, 3, bytes([192, 0, 2, 9])), attribute(0x40, 5, b'\0\0\0\x64')
SOUND = ORIGIN + AS_PATH + NEXT_HOP + LOCAL_PREF
NLRI = bytes([32, 198, 51, 100, 7])


def update(attributes=b'', nlri=b'', withdrawn=b'', withdrawn_length=None, attributes_length=None):
    return message(UPDATE,
                   struct.pack('!H', len(withdrawn) if withdrawn_length is None else withdrawn_length) + withdrawn +
                   struct.pack('!H', len(attributes) if attributes_length is None else attributes_length) +
                   attributes + nlri)


REFRESHES = b''.join(message(REFRESH, struct.pack('!HBB', afi, 0, safi)) for afi, safi in FAMILIES)
UP = open_message() + message(KEEPALIVE)


class Peer:
    """An accepted connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def read(self):
        """The next message, (type, body); type None at the end of the connection."""
        try:
            header = await self.reader.readexactly(19)
            length, kind = struct.unpack('!16xHB', header)
            return kind, await self.reader.readexactly(length - 19)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None, b''

    async def until(self, *kinds):
        while True:
            kind, body = await self.read()
            if kind in kinds or kind is None:
                return kind, body

    async def verdict(self):
        """The end of the session: '1/2 0012' for a NOTIFICATION with its data in hex, or 'closed'."""
        kind, body = await self.until(NOTIFICATION)
        return 'closed' if kind is None else f'{body[0]}/{body[1]} {body[2:].hex()}'.strip()

    async def has_all(self):
        """None when all routes and the last End-of-RIB (IPv6) arrived; otherwise the end of the session."""
        while True:
            kind, body = await self.until(UPDATE, NOTIFICATION)
            if kind != UPDATE:
                return 'closed' if kind is None else f'{body[0]}/{body[1]}'
            if body[4:] == bytes([0x90, 15, 0, 3, 0, 2, 1]):
                return 'up'

    async def lives(self):
        """'lives' when a refresh is still answered with all routes or End-of-RIB; otherwise the end of the session."""
        await self.send(REFRESHES + message(KEEPALIVE))
        kind, body = await self.until(UPDATE, NOTIFICATION)
        return 'lives' if kind == UPDATE else 'closed' if kind is None else f'{body[0]}/{body[1]}'


def says(data, expected):
    """Sends the data first; the session must end as expected."""
    async def run(peer):
        await peer.send(data)
        return await peer.verdict()
    return run, expected


def refuses_attribute(attributes):
    """RFC 7606 section 7.11, 5.3; RFC 4271 section 6.3: the Data field holds the attribute."""
    return says(UP + update(attributes), '3/9 ' + attributes.hex())


def survives(data):
    """Sends the data in an established session, which must survive."""
    async def run(peer):
        await peer.send(UP)
        got = await peer.has_all()
        if got == 'up':
            await peer.send(data)
            return await peer.lives()
        return f'not up: {got}'
    return run, 'lives'


def comes_up(data):
    """Sends an OPEN that must be accepted."""
    async def run(peer):
        await peer.send(data + message(KEEPALIVE))
        return await peer.has_all()
    return run, 'up'


async def drips(peer):
    for byte in UP:
        await peer.send(bytes([byte]))
        await asyncio.sleep(0.02)
    return await peer.lives()


async def reads_nothing(peer):
    """Closes its receive window for a while; then all routes must still arrive."""
    await peer.send(UP)
    await others_done.wait()
    peer.writer.transport.resume_reading()
    return await peer.lives()


def resets_after(n):
    async def run(peer):
        sock = peer.writer.get_extra_info('socket')
        await peer.send(UP[:n])
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        peer.writer.transport.abort()
        return 'reset'
    return run, 'reset'


HELD = open_message(hold=3)
cases = {
    # RFC 4271 section 6.1
    'Connection Not Synchronized': says(message(OPEN, b'\0' * 10, marker=b'\0' * 16), '1/1'),
    'Connection Not Synchronized: one bit': says(message(OPEN, b'\0' * 10, marker=b'\xff' * 15 + b'\xfe'), '1/1'),
    'Connection Not Synchronized: up': says(UP + message(KEEPALIVE, marker=b'\xfe' * 16), '1/1'),
    'Connection Not Synchronized: TLS': says(b'\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03' + b'x' * 500, '1/1'),
    'Connection Not Synchronized: HTTP': says(b'HTTP/1.1 400 Bad Request\r\n\r\n', '1/1'),
    'Bad Message Length: 0': says(message(KEEPALIVE, length=0), '1/2 0000'),
    'Bad Message Length: 18': says(message(KEEPALIVE, length=18), '1/2 0012'),
    'Bad Message Length: 4097': says(message(OPEN, b'\0' * 100, length=4097), '1/2 1001'),
    'Bad Message Length: 65535': says(UP + message(UPDATE, b'\0' * 100, length=65535), '1/2 ffff'),
    'Bad Message Length: OPEN of 28': says(message(OPEN, b'\4' + b'\0' * 8), '1/2 001c'),
    'Bad Message Length: UPDATE of 22': says(UP + message(UPDATE, b'\0' * 3), '1/2 0016'),
    'Bad Message Length: KEEPALIVE of 20': says(UP + message(KEEPALIVE, b'\0'), '1/2 0014'),
    'Bad Message Length: NOTIFICATION of 20': says(UP + message(NOTIFICATION, b'\6'), '1/2 0014'),
    'Bad Message Type: 0': says(message(0, b'\0' * 9), '1/3 00'),
    'Bad Message Type: 6': says(UP + message(6), '1/3 06'),
    'Bad Message Type: 255': says(UP + message(255, b'\0' * 99), '1/3 ff'),
    # section 6.2
    'Unsupported Version Number: 3': says(open_message(version=3), '2/1 0004'),
    'Unsupported Version Number: 5': says(open_message(version=5), '2/1 0004'),
    'Bad Peer AS': says(open_message(asn=65001), '2/2'),
    'Bad Peer AS: in the capability': says(open_message(as4=4200000000), '2/2'),
    'Bad Peer AS: 0 (RFC 7607)': says(open_message(asn=0, as4=0), '2/2'),
    'Bad BGP Identifier: 0': says(open_message(ident='0.0.0.0'), '2/3'),
    'Bad BGP Identifier: ours': says(open_message(ident=OUR_ID), '2/3'),
    'Unsupported Optional Parameter': says(open_message(params=b'\x01\x02\0\0'), '2/4'),
    'Unacceptable Hold Time: 1': says(open_message(hold=1), '2/6'),
    'Unacceptable Hold Time: 2': says(open_message(hold=2), '2/6'),
    # RFC 9072 section 2: the length before the type must be ignored
    **{f'OPEN: extended form after a length of {n}': comes_up(open_message(
        params=b'\xff' + struct.pack('!HBH', len(CAPABILITIES) + 3, 2, len(CAPABILITIES)) + CAPABILITIES,
        params_length=n)) for n in (1, 9, 254, 255)},
    # RFC 4760 section 8, RFC 5492 section 3
    'Unsupported Capability: no family in common':
        says(open_message(params=b'\2\6' + capability(1, b'\0\x19\0\x41')), '2/7 010400010001010400020001'),
    'OPEN: parameters longer than it': says(open_message(params=b'\2\2\2\0', params_length=9), '2/0'),
    'OPEN: parameters shorter than it': says(open_message(params=b'\2\2\2\0', params_length=2), '2/0'),
    'OPEN: a parameter cut off': says(open_message(params=b'\2\x09\2\0'), '2/0'),
    'OPEN: a capability cut off': says(open_message(params=b'\2\2\1\4'), '2/0'),
    'OPEN: an AS number of two bytes': says(open_message(params=b'\2\4' + capability(65, b'\0\1')), '2/0'),
    # section 6.3: errors that still end the session under RFC 7606
    'Malformed Attribute List: withdrawn': says(UP + update(withdrawn_length=999), '3/1'),
    'Malformed Attribute List: total length': says(UP + update(SOUND, attributes_length=999), '3/1'),
    'Invalid Network Field: announced': says(UP + update(SOUND, b'\x21' + b'\1' * 5), '3/10'),
    'Invalid Network Field: withdrawn': says(UP + update(withdrawn=b'\xff' * 5), '3/10'),
    'Invalid Network Field: cut off': says(UP + update(SOUND, b'\x20\1\1'), '3/10'),
    # errors whose data is the attribute
    'Optional Attribute Error: MP_REACH_NLRI cut off': refuses_attribute(attribute(0x80, 14, b'\0\2\1\x20\1')),
    'Optional Attribute Error: MP_UNREACH_NLRI with a prefix of 200':
        refuses_attribute(attribute(0x80, 15, b'\0\2\1\xc8\1')),
    **{f'Optional Attribute Error: an IPv6 next hop of {n}':
       refuses_attribute(attribute(0x80, 14, b'\0\2\1' + bytes([n]) + b'\x20' * n + b'\0\x10\x20\1'))
       for n in (0, 4, 9, 15, 17, 24, 33)},
    'Optional Attribute Error: an IPv4 next hop of 9':
        refuses_attribute(attribute(0x80, 14, b'\0\1\1\x09' + b'\x20' * 9 + b'\0\x10\x20\1')),
    'Optional Attribute Error: 400 octets':
        refuses_attribute(b'\x90\x0e' + struct.pack('!H', 400) + b'\0\2\1\0\0' + b'\0' * 395),
    # errors that a session survives under RFC 7606
    'Unrecognized Well-known Attribute': survives(update(SOUND + attribute(0x40, 99), NLRI)),
    'Missing Well-known Attribute': survives(update(ORIGIN, NLRI)),
    'Attribute Flags Error': survives(update(attribute(0xc0, 1, b'\0') + AS_PATH + NEXT_HOP, NLRI)),
    'Attribute Length Error': survives(update(attribute(0x40, 1, b'\0\0') + AS_PATH + NEXT_HOP, NLRI)),
    'Attribute Length Error: past the end': survives(update(SOUND + attribute(0x80, 4, b'\0', 200), NLRI)),
    'Invalid ORIGIN Attribute': survives(update(attribute(0x40, 1, b'\7') + AS_PATH + NEXT_HOP, NLRI)),
    'Invalid NEXT_HOP Attribute': survives(update(ORIGIN + AS_PATH + attribute(0x40, 3, b'\xff' * 4), NLRI)),
    'Optional Attribute Error': survives(update(SOUND + attribute(0x80, 4), NLRI)),
    'Malformed AS_PATH': survives(update(ORIGIN + attribute(0x40, 2, b'\2\xff\0') + NEXT_HOP, NLRI)),
    'an attribute twice': survives(update(SOUND + ORIGIN, NLRI)),
    'MP_REACH_NLRI of another family': survives(update(SOUND + attribute(0x80, 14, b'\x40\4\x47\0\0'))),
    'an empty UPDATE': survives(update()),
    'a default route': survives(update(SOUND, b'\0')),
    # section 6.4: a NOTIFICATION is never answered with another
    **{f'NOTIFICATION {code}': says(UP + message(NOTIFICATION, bytes([code, 1])), 'closed') for code in range(9)},
    'NOTIFICATION before OPEN': says(message(NOTIFICATION, b'\2\2'), 'closed'),
    'NOTIFICATION after OPEN': says(open_message() + message(NOTIFICATION, b'\6\2'), 'closed'),
    'NOTIFICATION with a text that lies': says(UP + message(NOTIFICATION, b'\6\2\xff\xc3'), 'closed'),
    # RFC 9003 section 4: C1 controls in UTF-8 and alone, and Latin-1
    'NOTIFICATION with a text for a terminal': says(UP + message(NOTIFICATION, b'\6\2\4\xc2\x9b\x9b\x85'), 'closed'),
    'NOTIFICATION with a text in Latin-1': says(UP + message(NOTIFICATION, b'\6\2\x07\xb0 f\xfcr\x1b['), 'closed'),
    'NOTIFICATION of 4096': says(UP + message(NOTIFICATION, b'\6\2' + b'\n' * 4075), 'closed'),
    # sections 6.5 and 6.6
    'Hold Timer Expired: up': says(HELD + message(KEEPALIVE), '4/0'),
    'Hold Timer Expired: after OPEN': says(HELD, '4/0'),
    'Finite State Machine Error: KEEPALIVE before OPEN': says(message(KEEPALIVE), '5/1'),
    'Finite State Machine Error: UPDATE before OPEN': says(update(), '5/1'),
    'Finite State Machine Error: ROUTE-REFRESH before OPEN': says(REFRESHES, '5/1'),
    'Finite State Machine Error: UPDATE after OPEN': says(open_message() + update(), '5/2'),
    'Finite State Machine Error: OPEN twice': says(open_message() * 2, '5/2'),
    'Finite State Machine Error: OPEN when up': says(UP + open_message(), '5/3'),
    # Valid messages in excess
    'a storm of refreshes': survives(REFRESHES * 20000),
    'a refresh of families that were not negotiated': survives(message(REFRESH, b'\xff\xff\xff\xff') * 1000),
    'a flood of keepalives': survives(message(KEEPALIVE) * 100000),
    'a flood of routes': survives(b''.join(update(SOUND, b''.join(bytes([32, 10, i, j, k]) for k in range(200)))
                                           for i in range(8) for j in range(64))),
    'one byte at a time': (drips, 'lives'),
    'nothing read': (reads_nothing, 'lives'),
    **{f'a reset after {n} bytes': resets_after(n) for n in range(len(UP) + 1)},
}


class Case:
    def __init__(self, name, run, expected):
        self.name, self.run, self.expected = name, run, expected
        self.done = asyncio.get_running_loop().create_future()

    async def serve(self, reader, writer):
        if self.name == 'nothing read':
            writer.transport.pause_reading()
        try:
            got = await self.run(Peer(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            got = type(error).__name__
        if not self.done.done():
            self.done.set_result(got)
        writer.close()


class Good:
    """A good peer, which prints the last route of each UPDATE."""
    connections, ended = 0, None

    async def serve(self, reader, writer):
        peer = Peer(reader, writer)
        Good.connections += 1
        await peer.send(UP)
        while True:
            kind, body = await peer.read()
            if kind is None or kind == NOTIFICATION:
                Good.ended = f'{kind} {body.hex()}'
                return
            if kind == KEEPALIVE:
                await peer.send(message(KEEPALIVE))
            elif kind == UPDATE and body[:2] == b'\0\0':
                print(f'route {body[-5:].hex()}', flush=True)


async def listen(serve, port):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.bind(('127.0.0.1', port))
    await asyncio.start_server(serve, sock=sock, backlog=16, limit=1 << 16)


async def main():
    global others_done
    others_done = asyncio.Event()
    first, path = int(sys.argv[1]), sys.argv[2]
    running = [Case(name, *rest) for name, rest in cases.items()]
    for i, case in enumerate(running):
        await listen(case.serve, first + i)
    await listen(Good().serve, first + len(running))
    with open(path, 'w') as peers:
        for i in range(len(running) + 1):
            print(f'127.0.0.1 port={first + i}', file=peers)
    for case in sorted(running, key=lambda case: case.name == 'nothing read'):
        if case.name == 'nothing read':
            others_done.set()
        try:
            got = await asyncio.wait_for(asyncio.shield(case.done), 120)
        except asyncio.TimeoutError:
            got = 'nothing'
        print(f'ok {case.name}' if got == case.expected else
              f'not ok {case.name}: {got}, not {case.expected}', flush=True)
    print('done', flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.readline()
    print(f'good connections={Good.connections} ended={Good.ended}', flush=True)


asyncio.run(main())
