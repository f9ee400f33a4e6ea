#!/usr/bin/python3
"""Writes captures for tests: packets.py FOLDER
                              packets.py streams NUMBER [PIECES] >CAPTURE
                              packets.py damage CAPTURE NUMBER FOLDER

The first form writes the same DNS replies with each link type and file format, in fragments and in TCP segments, and
captures with faults. The second writes NUMBER TCP connections, each with an incomplete message, or with PIECES segments
of one byte after a gap. The third writes NUMBER copies of a capture, each with a few changed bytes.
"""
import logging
import random
import struct
import sys
import warnings

warnings.filterwarnings('ignore')
logging.getLogger('scapy').setLevel(logging.ERROR)

SERVER, CLIENT = '192.0.2.53', '192.0.2.7'
SERVER6, CLIENT6 = '2001:db8::53', '2001:db8::7'
LINK_ETHERNET, LINK_RAW, LINK_NULL, LINK_LOOP, LINK_COOKED, LINK_COOKED_2 = 1, 101, 0, 108, 113, 276
TIME = 1795000000


def pcap_header(link, order='<', magic=0xa1b2c3d4):
    return struct.pack(order + 'IHHiIII', magic, 2, 4, 0, 0, 262144, link)


def pcap(packets, link, order='<', nano=False, snap=65535, late=()):
    """Returns a capture; the packets in `late` follow two seconds later."""
    out = pcap_header(link, order, 0xa1b23c4d if nano else 0xa1b2c3d4)
    for i, packet in enumerate(packets):
        part = packet[:snap]
        fraction = i * 1000 if nano else i
        out += struct.pack(order + 'IIII', TIME, fraction, len(part), len(packet)) + part
    for packet in late:
        out += struct.pack(order + 'IIII', TIME + 2, 0, len(packet), len(packet)) + packet
    return out


def block(kind, body):
    body += b'\0' * (-len(body) % 4)
    return struct.pack('<II', kind, 12 + len(body)) + body + struct.pack('<I', 12 + len(body))


def pcapng(packets, link):
    out = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1))
    out += block(1, struct.pack('<HHI', link, 0, 262144))
    for i, packet in enumerate(packets):
        time = TIME * 1000000 + i
        out += block(6, struct.pack('<IIIII', 0, time >> 32, time & 0xffffffff, len(packet), len(packet)) + packet)
    return out


def with_link(packet, link, tags=b''):
    v6 = packet[0] >> 4 == 6
    ethertype = tags + (b'\x86\xdd' if v6 else b'\x08\x00')
    return {
        LINK_ETHERNET: b'\2' * 6 + b'\4' * 6 + ethertype,
        LINK_RAW: b'',
        LINK_NULL: struct.pack('<I', 30 if v6 else 2),
        LINK_LOOP: struct.pack('>I', 24 if v6 else 2),
        LINK_COOKED: b'\0\4\0\1\0\6' + b'\2' * 6 + b'\0\0' + ethertype,
        LINK_COOKED_2: ethertype + b'\0\0\0\0\0\2\0\1\4\6' + b'\2' * 6 + b'\0\0',
    }[link] + packet


def write_all(folder):
    from scapy.all import (DNS, DNSQR, DNSRR, IP, TCP, UDP, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, fragment,
                           fragment6, raw)

    def reply(number, addresses=1):
        name = f'n{number}.example'
        records = [DNSRR(rrname=name, ttl=60, rdata=f'198.51.100.{1 + i}') for i in range(addresses)]
        answers = records[0]
        for record in records[1:]:
            answers = answers / record
        return raw(DNS(id=number, qr=1, qd=DNSQR(qname=name), an=answers))

    def prefixed(message):
        return struct.pack('>H', len(message)) + message

    def tcp(seq, flags, data=b''):
        return raw(IP(src=SERVER, dst=CLIENT) / TCP(sport=53, dport=4000, seq=seq, flags=flags) / data)

    def save(name, data):
        with open(f'{folder}/{name}', 'wb') as file:
            file.write(data)

    udp = [raw(IP(src=SERVER, dst=CLIENT) / UDP(sport=53, dport=4000) / reply(1)),
           raw(IPv6(src=SERVER6, dst=CLIENT6) / UDP(sport=53, dport=4000) / reply(2)),
           raw(IPv6(src=SERVER6, dst=CLIENT6) / IPv6ExtHdrDestOpt() / UDP(sport=53, dport=4000) / reply(3))]
    large = IP(src=SERVER, dst=CLIENT, id=9) / UDP(sport=53, dport=4000) / reply(4, 60)
    large6 = IPv6(src=SERVER6, dst=CLIENT6) / IPv6ExtHdrFragment(id=9) / UDP(sport=53, dport=4000) / reply(5, 99)
    parts = [raw(p) for p in fragment(large, 400)]
    parts6 = [raw(p) for p in fragment6(large6, 1280)]
    data = prefixed(reply(6)) + prefixed(reply(7, 99)) + prefixed(reply(8))
    stream = [tcp(999, 'SA')] + [tcp(1000 + at, 'A', data[at:at + 300]) for at in range(0, len(data), 300)]
    stream.append(tcp(1000 + len(data), 'FA'))
    everything = udp + parts + parts6 + stream

    links = {'ethernet': LINK_ETHERNET, 'raw': LINK_RAW, 'null': LINK_NULL, 'loop': LINK_LOOP, 'cooked': LINK_COOKED,
             'cooked-2': LINK_COOKED_2}
    for name, link in links.items():
        save(f'{name}.same', pcap([with_link(p, link) for p in everything], link))
    tagged = [with_link(p, LINK_ETHERNET, b'\x88\xa8\0\5\x81\0\0\7') for p in everything]
    save('tagged.same', pcap(tagged, LINK_ETHERNET))
    save('big-endian.same', pcap(everything, LINK_RAW, '>'))
    save('nanoseconds.same', pcap(everything, LINK_RAW, nano=True))
    save('pcapng.same', pcapng(everything, LINK_RAW))
    save('reordered.same', pcap(udp + parts[::-1] + parts6[::-1] + stream[:2] + stream[2:-1][::-1], LINK_RAW))
    save('repeated.same', pcap(udp + parts[:2] * 2 + parts[2:] + parts6 + [p for s in stream for p in (s, s)], LINK_RAW))

    save('udp', pcap(udp, LINK_RAW))
    save('no-fragment', pcap(udp + parts[:1] + parts[2:], LINK_RAW))
    forged = bytearray(parts[1])
    forged[-1] ^= 1
    save('overlap', pcap(udp + parts[:2] + [bytes(forged)] + parts[2:], LINK_RAW))
    save('snap', pcap(everything, LINK_RAW, snap=60))
    lost = [p for i, p in enumerate(stream) if i != 3]  # within the second message
    more = prefixed(reply(10))
    save('gap', pcap(lost[:-1], LINK_RAW, late=[tcp(1000 + len(data), 'A', more)]))
    save('no-start', pcap(stream[1:], LINK_RAW))
    save('wlan', pcap_header(105))
    packet = udp[0]
    save('bad-time', pcap_header(LINK_RAW) + struct.pack('<IIII', TIME, 1000000, len(packet), len(packet)) + packet)
    save('answers', b'1795000000.000000 192.0.2.1 60 example.org\n')
    # A TXT record that contains a message, at the start of a segment; the segment before it is lost.
    inner = prefixed(reply(66))
    outer = prefixed(reply(9) + b'\0' * 500 + inner + b'\0' * 9)
    at = outer.index(inner)
    save('forged', pcap([tcp(999, 'SA'), tcp(1000 + at, 'PA', inner)], LINK_RAW,
                        late=[tcp(1000 + at + len(inner), 'PA', outer[-9:]), tcp(1000 + len(outer), 'PA', inner)]))


def write_streams(number, pieces=0):
    out = sys.stdout.buffer
    out.write(pcap_header(LINK_RAW))

    def segment(seq, flags, data):
        """Returns the packet before and after the address of the client."""
        n = 40 + len(data)
        head = struct.pack('<III', 0, n, n)
        ip = struct.pack('>BBHHHBBH4s', 0x45, 0, n, 1, 0, 64, 6, 0, b'\xc0\0\2\x35')
        return head + ip, struct.pack('>HHIIBBHI', 53, 4000, seq, 0, 0x50, flags, 0, 0) + data

    segments = [segment(9, 0x12, b'')]
    segments += [segment(11 + piece, 0x10, b'x') for piece in range(pieces)]
    if pieces == 0:
        segments.append(segment(10, 0x10, b'\xff\xff' + b'x' * 100))
    for i in range(number):
        time, client = struct.pack('<I', TIME + i // 100000), struct.pack('>I', i)
        out.write(b''.join([time + before + client + after for before, after in segments]))


def write_damaged(capture, number, folder):
    choose = random.Random(1)
    with open(capture, 'rb') as file:
        good = file.read()
    for i in range(number):
        data = bytearray(good)
        for _ in range(choose.randrange(1, 9)):
            data[choose.randrange(24 if i % 4 else 0, len(data))] = choose.choice([0, 1, 0x7f, 0x80, 0xff, choose.randrange(256)])
        with open(f'{folder}/{i}', 'wb') as file:
            file.write(data)


if sys.argv[1] == 'streams':
    write_streams(*map(int, sys.argv[2:]))
elif sys.argv[1] == 'damage':
    write_damaged(sys.argv[2], int(sys.argv[3]), sys.argv[4])
else:
    write_all(sys.argv[1])
