#!/usr/bin/python3
"""Checks that each UPDATE is valid for its peer: lawful.py peers SEED ROUNDS
                                              lawful.py routers SEED SETS TABLES PEERS-AS ADDRESS...

`peers` runs bgp-announce with random options and lines towards peers with random capabilities, and decodes its UPDATEs
with scapy. `routers` does the same towards real routers, with TABLES random tables for each of SETS sets of options: the
sessions must stay up. Prints statistics, and a line `unlawful: ...` for each fault. ADDRESS is the router's and the
speaker's, separated by a comma.
"""
import asyncio
import collections
import ipaddress
import logging
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import warnings

warnings.filterwarnings('ignore')
logging.getLogger('scapy').setLevel(logging.ERROR)
from scapy.contrib import bgp  # noqa: E402

OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, COMMUNITIES, MP_REACH, MP_UNREACH = 1, 2, 3, 4, 5, 8, 14, 15
EXTENDED_COMMUNITIES, AS4_PATH, LARGE_COMMUNITIES = 16, 17, 32
FLAGS = {ORIGIN: 0x40, AS_PATH: 0x40, NEXT_HOP: 0x40, MED: 0x80, LOCAL_PREF: 0x40, COMMUNITIES: 0xc0, MP_REACH: 0x80,
         MP_UNREACH: 0x80, EXTENDED_COMMUNITIES: 0xc0, AS4_PATH: 0xc0, LARGE_COMMUNITIES: 0xc0}
SIZES = {COMMUNITIES: 4, EXTENDED_COMMUNITIES: 8, LARGE_COMMUNITIES: 12}
NO_EXPORT = bytes([0xff, 0xff, 0xff, 0x01])
V4_HOP, V6_HOP, LINK_LOCAL = '10.9.0.9', 'fd09::9', 'fe80::99'
ADDRESSES = {4: '127.0.0.1', 6: '::1'}
seen = collections.Counter()
faults = []


def fault(text):
    if text not in faults:
        faults.append(text)
        print(f'unlawful: {text}', flush=True)


# --- Random input ---

def communities(r):
    n = r.choice([1, 1, 2, 5, 40, 192])
    return ','.join(f'65010:{r.randrange(65536)}' for _ in range(n))


def attributes(r, line):
    """Random KEY=VALUE words; a line may also have unknown keys and invalid values."""
    words = []
    if r.random() < 0.3:
        words.append('next-hop=' + r.choice(['10.9.0.8', 'fd09::8', '10.9.0.9', 'fd09::9', '127.0.0.1', '::1',
                                             '127.0.0.1'] if line else ['10.9.0.8', 'fd09::8', '10.9.0.8,fd09::7']))
    for key, value in (('med', r.randrange(2**32)), ('local-pref', r.randrange(2**32)), ('prepend', r.randrange(17)),
                       ('origin', r.choice(['igp', 'egp', 'incomplete'])), ('community', communities(r)),
                       ('ext-community', r.choice(['rt:65010:7', '0x430100000000ABCD,soo:192.0.2.1:1'])),
                       ('large-community', ','.join(f'65010:{i}:{r.randrange(9)}' for i in range(r.choice([1, 60]))))):
        if r.random() < 0.2:
            words.append(f'{key}={value}')
    if line and r.random() < 0.2:
        words += r.sample(['tag=a', 'name=a.example', 'as-path=65001', 'tag=' + r.choice(['b', 'a,b', 'c'])], 1)
    return words


def prefix(r):
    odd = ['0.0.0.0/0', '::/0', '224.0.0.0/4', '239.1.1.1', '127.0.0.1', '::1', 'fe80::1/128', 'ff02::1', '10.9.0.0/24',
           'fd09::/64', '0.0.0.0/1', '10.9.0.9/32', 'fd09::9', '10.9.0.1', 'fd09::1', '240.0.0.0/4', '255.255.255.255',
           '::ffff:10.0.0.1', '0.0.0.0/32', '::/128', '127.0.0.0/9', '2001:DB8:9::1', '128.0.0.0/1']
    if r.random() < 0.2:
        return r.choice(odd)
    if r.random() < 0.5:
        length = r.choice([32, 32, 32, 24, 25, 31, 17, 9])
        return str(ipaddress.ip_network((r.randrange(0x0b000000, 0x0b000000 + 2**24), length), strict=False))
    length = r.choice([128, 128, 128, 64, 48, 33, 127])
    return str(ipaddress.ip_network((0x20010db8 << 96 | r.randrange(2**8) << 80 | r.randrange(2**16), length),
                                    strict=False))


def table(r, known):
    """Random route lines; `known` has the prefixes of earlier lines."""
    lines = []
    for _ in range(r.choice([1, 10, 40])):
        if known and r.random() < 0.3:
            lines.append('withdraw ' + known.pop(r.randrange(len(known))))
        else:
            known.append(prefix(r))
            lines.append(' '.join(['announce', known[-1]] + attributes(r, True)))
    return lines


class Options:
    def __init__(self, r, asn):
        self.asn = asn
        hops = [V4_HOP] * (r.random() < 0.7) + [V6_HOP] * (r.random() < 0.7) + [LINK_LOCAL] * (r.random() < 0.5)
        self.extended = r.random() < 0.5
        self.words = ['-a', str(asn), '-i', '10.9.0.11']
        for hop in hops:
            self.words += ['-n', hop]
        if self.extended:
            self.words.append('-x')
        for option, name in (('-A', ''), ('-T', 'a:'), ('-T', 'b:')):
            words = attributes(r, False)
            if words and r.random() < 0.6:
                self.words += [option, name + ','.join(words)]


# --- The rules for UPDATEs ---

class Peer:
    def __init__(self, r, options, asn):
        self.options, self.asn = options, asn
        self.version = r.choice([4, 6])
        self.families = r.choice([(), (1,), (2,), (1, 2), (1, 2)])	# in the multiprotocol capability
        self.as4, self.next_hop6, self.refresh, self.long = (r.random() < 0.7 for _ in range(4))
        self.as4 |= asn > 65535
        self.export, self.hops = r.random() < 0.3, r.choice([0, 1, 5])
        self.tags = r.choice(['', '', 'a', 'a,b'])
        self.announced, self.offered = set(), set()
        self.done = asyncio.get_running_loop().create_future()

    internal = property(lambda self: self.asn == self.options.asn)
    on_link = property(lambda self: self.hops == 1 or (self.hops == 0 and not self.internal))

    def words(self):
        return f'{ADDRESSES[self.version]},port={self.port},as={self.asn}' + (f',hops={self.hops}' if self.hops else '') + (
            ',export=yes' if self.export else '') + (f',tags={self.tags}' if self.tags else '')

    def open(self):
        caps = b''.join(struct.pack('!BBHBB', 1, 4, afi, 0, 1) for afi in self.families)
        if self.as4:
            caps += struct.pack('!BBI', 65, 4, self.asn)
        if self.next_hop6:
            caps += struct.pack('!BBHHH', 5, 6, 1, 1, 2)
        caps += b'\2\0' * self.refresh + b'\6\0' * self.long
        params = bytes([2, len(caps)]) + caps if caps else b''
        two = self.asn if self.asn < 65536 else 23456
        return message(OPEN, struct.pack('!BHHIB', 4, two, 90, 0x0a090001, len(params)) + params)

    async def serve(self, reader, writer):
        try:
            await self.talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        if not self.done.done():
            self.done.set_result(None)
        writer.close()

    async def talk(self, reader, writer):
        writer.write(self.open() + message(KEEPALIVE))
        ended = set()
        while True:
            header = await reader.readexactly(19)
            length, kind = struct.unpack('!16xHB', header)
            body = await reader.readexactly(length - 19)
            if kind == OPEN:
                self.read_open(body)
            elif kind == NOTIFICATION:
                seen[f'NOTIFICATION {body[0]}/{body[1]}'] += 1
                return
            elif kind == UPDATE:
                ended |= self.check(header + body)
                if ended == self.agreed and not self.done.done():
                    self.done.set_result(None)

    def read_open(self, body):
        caps = {}
        params = body[10:]
        while params:
            caps_here, params = params[2:2 + params[1]], params[2 + params[1]:]
            while caps_here:
                caps.setdefault(caps_here[0], []).append(caps_here[2:2 + caps_here[1]])
                caps_here = caps_here[2 + caps_here[1]:]
        ours = {struct.unpack('!HBB', value)[0] for value in caps.get(1, [])} or {1}
        self.agreed = ours & (set(self.families) or {1})
        self.long_as = self.as4 and 65 in caps
        self.hop6_agreed = self.next_hop6 and 5 in caps

    def bad(self, what):
        fault(f'{what}: {" ".join(self.options.words)} {self.words()} families={self.families} as4={self.as4} '
              f'next_hop6={self.next_hop6}')

    # --- One UPDATE ---

    def check(self, data):
        """Checks an UPDATE; returns the families of which it is the End-of-RIB."""
        if len(data) > 4096:
            self.bad(f'a message of {len(data)} bytes')
        bgp.bgp_module_conf.use_2_bytes_asn = not self.long_as
        update = bgp.BGPHeader(data)[bgp.BGPUpdate]
        attrs = update.path_attr
        kinds = [a.type_code for a in attrs]
        values = {a.type_code: value_of(a) for a in attrs}
        if not kinds and not update.nlri and not update.withdrawn_routes:
            return {1}
        if kinds == [MP_UNREACH] and len(values[MP_UNREACH]) == 3:
            return {values[MP_UNREACH][1]}
        self.check_frame(attrs, kinds)
        if update.withdrawn_routes:
            self.withdraw(1, [p.prefix for p in update.withdrawn_routes])
        if MP_UNREACH in values:
            self.withdraw(values[MP_UNREACH][1], nlri_of(attrs[kinds.index(MP_UNREACH)].attribute.afi_safi_specific.withdrawn_routes))
        if update.nlri or MP_REACH in values:
            self.check_announcement(update, attrs, kinds, values)
        return set()

    def check_frame(self, attrs, kinds):
        if len(set(kinds)) != len(kinds):
            self.bad('an attribute twice')
        rest = [k for k in kinds if k not in (MP_REACH, MP_UNREACH)]
        if rest != sorted(rest) or kinds[:len(kinds) - len(rest)] + rest != kinds:
            self.bad(f'attributes in the order {kinds}')
        for attr in attrs:
            flags, n = int(attr.type_flags), len(value_of(attr))
            if flags & ~0x10 != FLAGS.get(attr.type_code):
                self.bad(f'attribute {attr.type_code} with the flags {flags:#x}')
            if n > 255 and not flags & 0x10:
                self.bad(f'attribute {attr.type_code} of {n} without the extended length')

    def check_announcement(self, update, attrs, kinds, values):
        required = {ORIGIN, AS_PATH} | ({NEXT_HOP} if update.nlri else set()) | ({LOCAL_PREF} if self.internal else set())
        if required - set(kinds):
            self.bad(f'without the attributes {required - set(kinds)}')
        if not self.internal and LOCAL_PREF in kinds:
            self.bad('LOCAL_PREF for an external peer')
        if NEXT_HOP in kinds and not update.nlri:
            self.bad('NEXT_HOP without NLRI')
        self.check_path(attrs, kinds)
        for kind, size in SIZES.items():
            parts = [values[kind][i:i + size] for i in range(0, len(values[kind]), size)] if kind in values else []
            if parts != sorted(set(parts)) or any(len(p) != size for p in parts) or (kind in values and not parts):
                self.bad(f'attribute {kind} is no sorted set')
        if not self.internal and not self.export:
            seen['NO_EXPORT among 192'] += len(values.get(COMMUNITIES, b'')) > 4 * 192
            if NO_EXPORT not in [values.get(COMMUNITIES, b'')[i:i + 4] for i in range(0, len(values.get(COMMUNITIES, b'')), 4)]:
                self.bad('without NO_EXPORT')
        if update.nlri:
            self.check_hops(1, [attrs[kinds.index(NEXT_HOP)].attribute.next_hop])
            self.announce(1, [p.prefix for p in update.nlri])
        if MP_REACH in kinds:
            self.check_mp_reach(attrs[kinds.index(MP_REACH)].attribute, values[MP_REACH])

    def check_path(self, attrs, kinds):
        def numbers(kind):
            value = attrs[kinds.index(kind)].attribute	# scapy has None for an empty list
            return [] if value is None else [(s.segment_type, list(s.segment_value)) for s in value.segments]
        path, asn = numbers(AS_PATH), self.options.asn
        if self.internal:
            if path or AS4_PATH in kinds:
                self.bad(f'the AS_PATH {path} for an internal peer')
            return
        old = not self.long_as and asn > 65535
        shown = 23456 if old else asn
        if len(path) != 1 or path[0][0] != 2 or set(path[0][1]) != {shown} or len(path[0][1]) > 17:
            self.bad(f'the AS_PATH {path}')
        if old != (AS4_PATH in kinds):
            self.bad('AS4_PATH' if AS4_PATH in kinds else 'no AS4_PATH')
        seen['AS4_PATH'] += old

    def check_mp_reach(self, attribute, value):
        family, n = value[1], value[3]
        hops = [str(ipaddress.ip_address(value[4 + i:20 + i])) for i in range(0, n, 16)] if n in (16, 32) else []
        if not hops or value[2] != 1:
            self.bad(f'MP_REACH_NLRI with a next hop of {n} octets')
        if family == 1:
            seen['IPv4 by IPv6'] += 1
            if not self.hop6_agreed:
                self.bad('an IPv6 next hop of IPv4 that was not agreed on')
        self.check_hops(family, hops)
        prefixes = read_nlri(family, value[5 + n:])	# scapy does not parse IPv4 NLRI after an IPv6 next hop
        if family == 2 and prefixes != nlri_of(attribute.nlri):
            self.bad(f'NLRI that scapy reads as {nlri_of(attribute.nlri)}')
        self.announce(family, prefixes)

    def check_hops(self, family, hops):
        first = ipaddress.ip_address(hops[0])
        seen[f'family {family}: {len(hops)} next hops{" by IPv6" if first.version == 6 and family == 1 else ""}'] += 1
        for hop in map(ipaddress.ip_address, hops):
            if hop.is_multicast or hop.is_loopback or hop.is_unspecified or str(hop) == ADDRESSES[self.version]:
                self.bad(f'the next hop {hop}')
        local = [hop for hop in hops if ipaddress.ip_address(hop).is_link_local]
        if local and (local != [LINK_LOCAL] or not self.on_link or LINK_LOCAL not in self.options.words):
            self.bad(f'the link-local next hop {local}')
        if len(hops) == 2 and (hops[0] != V6_HOP or V6_HOP not in self.options.words or hops[1] != LINK_LOCAL):
            self.bad(f'the next hops {hops} of two routers')
        if first.is_link_local and family == 1:
            self.bad('a link-local next hop alone for IPv4')

    def announce(self, family, prefixes):
        if family not in self.agreed:
            self.bad(f'a route of family {family}, which was not agreed on')
        for text in prefixes:
            try:
                network = ipaddress.ip_network(text)
            except ValueError:
                self.bad(f'the prefix {text}')
                continue
            mine = [ADDRESSES[network.version], {4: V4_HOP, 6: V6_HOP}[network.version]]
            if network.prefixlen == 0 or network.is_multicast or network.is_loopback or network.is_unspecified or \
                    network.subnet_of(ipaddress.ip_network({4: '224.0.0.0/3', 6: 'fe80::/10'}[network.version])):
                self.bad(f'the prefix {network}')
            if any(ipaddress.ip_address(a) in network for a in mine if a in self.options.words):
                self.bad(f'{network}, in which a next hop lies')
            self.announced.add((family, text))
        seen[f'routes of family {family}'] += len(prefixes)

    def withdraw(self, family, prefixes):
        seen['withdrawn'] += len(prefixes)
        for text in prefixes:
            if (family, text) not in self.announced:
                self.bad(f'withdraws {text}, which it has not announced')
            self.announced.discard((family, text))


def value_of(attr):
    return b'' if attr.attribute is None else bytes(attr.attribute)


def nlri_of(items):
    return [item.prefix for item in items]


def read_nlri(family, data):
    prefixes, size = [], {1: 4, 2: 16}[family]
    while data:
        n = (data[0] + 7) // 8
        prefixes.append(f'{ipaddress.ip_address(data[1:1 + n].ljust(size, bytes(1)))}/{data[0]}')
        data = data[1 + n:]
    return prefixes


def message(kind, body=b''):
    return b'\xff' * 16 + struct.pack('!HB', 19 + len(body), kind) + body


# --- Towards scripted peers ---

async def play(seed):
    r = random.Random(seed)
    options = Options(r, r.choice([65010, 4200000000]))
    peers = [Peer(r, options, r.choice([options.asn, 65000, 4200000001])) for _ in range(6)]
    servers = []
    for peer in peers:
        server = await asyncio.start_server(peer.serve, ADDRESSES[peer.version], 0)
        peer.port = server.sockets[0].getsockname()[1]
        servers.append(server)
    announcer = await asyncio.create_subprocess_exec(
        'bgp-announce', *options.words, *(peer.words() for peer in peers), stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    known = []
    for lines in (table(r, known), ['end-of-rib']):
        announcer.stdin.write('\n'.join(lines + ['']).encode())
    try:
        await asyncio.wait_for(asyncio.gather(*(peer.done for peer in peers)), 60)
        for _ in range(3):	# more changes, some of them sent together
            announcer.stdin.write('\n'.join(table(r, known) + ['']).encode())
            await asyncio.sleep(0.01)
    except asyncio.TimeoutError:
        fault(f'no End-of-RIB in seed {seed}: {" ".join(options.words)}')
    announcer.stdin.close()
    announcer.send_signal(signal.SIGTERM)
    words = (await announcer.stderr.read()).decode()
    if await announcer.wait() != 0:
        fault(f'bgp-announce ends with {announcer.returncode} in seed {seed}: {words[-500:]}')
    for server in servers:
        server.close()


async def play_all(seed, rounds):
    for i in range(rounds):
        await play(seed * 1000003 + i)


# --- Towards real routers ---

def settled(announcer, log, peers):
    """Waits until everything is sent to all peers."""
    for _ in range(2000):
        log.seek(0, 2)
        announcer.send_signal(signal.SIGUSR1)
        text = b''
        while text.count(b'stats peer=') < peers or text[-1:] != b'\n':
            if announcer.poll() is not None:
                return False
            time.sleep(0.002)
            text += log.read()
        if len(re.findall(rb'state=established .* pending=0 ', text)) == peers:
            return True
        time.sleep(0.02)
    return False


def play_routers(seed, sets, tables, asn, addresses):
    for i in range(sets):
        r = random.Random(seed * 1000003 + i)
        options = Options(r, int(asn))
        if not {V4_HOP, V6_HOP} & set(options.words):
            options.words += ['-n', V6_HOP, '-n', V4_HOP]
        peers = ['{},as=65000,source={}'.format(*pair.split(',')) + r.choice(['', ',export=yes', ',tags=a', ',hops=5'])
                 for pair in addresses]
        with tempfile.NamedTemporaryFile('ab') as words, open(words.name, 'rb') as log, \
                tempfile.NamedTemporaryFile('ab') as events, open(events.name, 'rb') as status:
            announcer = subprocess.Popen(['bgp-announce', *options.words, '--retry-max', '1s', *peers],
                                         stdin=subprocess.PIPE, stdout=events, stderr=words)
            while not status.seek(0, 2) and announcer.poll() is None:	# until it handles signals
                time.sleep(0.01)
            known = []
            for k in range(tables):
                announcer.stdin.write('\n'.join(table(r, known) + ['end-of-rib', '']).encode())
                announcer.stdin.flush()
                if not settled(announcer, log, len(peers)):
                    log.seek(0)
                    fault(f'table {k} of set {i} is not sent: {" ".join(options.words)}: {log.read()[-500:].decode()}')
                    break
                seen['tables'] += 1
            seen['sets'] += 1
            status.seek(0)
            for line in status.read().decode().splitlines():
                seen['sessions'] += ' up ' in line
                if ' down ' in line or 'NOTIFICATION' in line or 'notification' in line:
                    fault(f'{line}: {" ".join(options.words)} {" ".join(peers)}')
            announcer.send_signal(signal.SIGTERM)
            announcer.wait()


if sys.argv[1] == 'peers':
    asyncio.run(play_all(int(sys.argv[2]), int(sys.argv[3])))
else:
    play_routers(*map(int, sys.argv[2:5]), sys.argv[5], sys.argv[6:])
for what, n in sorted(seen.items()):
    print(f'seen: {n} {what}')
