#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The other side of what tests/programs/others.sh runs.

usage: client.py echo PORT            many clients, what is sent comes back
       client.py dns PORT ZONE        h1.ZONE to h200.ZONE, big.ZONE
       client.py webdis PORT          sets and gets, over HTTP
       client.py answers dns|echo|talk|webdis PORT
                                      is it there at all?
       client.py irc PORT             join the control channel, and leave
       client.py frames FILE          a file of 5000 frames
       client.py socks PORT TARGET    be a SOCKS 5 server, always for TARGET
       client.py echo-server PORT [ADDRESS]
                                      send back what comes
       client.py talk PORT            as echo, but nobody half-closes
       client.py tunnel COMMAND...    run it at the other end of a network
                                      whose near end is 10.9.0.1
       client.py lldp INTERFACE TTL   a neighbour that is there for TTL seconds

Addresses are 127.0.0.1.  Errors go to standard output, and the status says
whether there were any.
"""
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import urllib.request

HOST = "127.0.0.1"
SECONDS = 60


def connect(port):
    return socket.create_connection((HOST, port), SECONDS)


def read_all(sock, length):
    data = b""
    while len(data) < length:
        part = sock.recv(length - len(data))
        if not part:
            raise EOFError("the peer closed")
        data += part
    return data


def expect(what, got, wanted):
    if got != wanted:
        raise ValueError("%s: %.60r, not %.60r" % (what, got, wanted))


# --- clients ---------------------------------------------------------------

def echo(number, port, half_closes=True):
    data = os.urandom(20000 + number * 1009)
    with connect(port) as sock:
        writer = threading.Thread(target=lambda: (
            sock.sendall(data), half_closes and sock.shutdown(socket.SHUT_WR)))
        writer.start()
        back = read_all(sock, len(data))
        writer.join()
        expect("echo", back, data)
        if half_closes:
            expect("end", sock.recv(1), b"")


def talk(number, port):
    echo(number, port, False)


def question(number, name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode()
                      for label in name.split("."))
    return struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + \
        b"\0" + struct.pack("!HH", kind, 1)


def ask_udp(port, query):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(SECONDS / 6)
        for _ in range(6):
            sock.sendto(query, (HOST, port))
            try:
                return sock.recv(65535)
            except socket.timeout:
                pass
    raise TimeoutError("no answer")


def ask_tcp(sock, query):
    sock.sendall(struct.pack("!H", len(query)) + query)
    return read_all(sock, struct.unpack("!H", read_all(sock, 2))[0])


def check_host(number, answer):
    expect("flags and number", (answer[:2], answer[3] & 15),
           (struct.pack("!H", number), 0))
    expect("address", bytes([0, 4, 10, 0, 1, number]) in answer, True)


def dns(number, port, zone):
    with connect(port) as sock:
        for host in range(1 + number, 201, 10):
            query = question(host, "h%d.%s" % (host, zone), 1)
            check_host(host, ask_udp(port, query))
            check_host(host, ask_tcp(sock, query))
        answer = ask_tcp(sock, question(7, "big." + zone, 16))
        expect("big answer", answer.count(b"0" * 200), 20)


def fetch(port, path):
    url = "http://%s:%d/%s" % (HOST, port, path)
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        return json.load(answer)


def webdis(number, port):
    for i in range(30):
        key, value = "k%d-%d" % (number, i), "v" * (1 + i * 97)
        expect("SET", fetch(port, "SET/%s/%s" % (key, value)),
               {"SET": [True, "OK"]})
        expect("GET", fetch(port, "GET/" + key), {"GET": value})


def irc(number, port):
    with connect(port) as sock:
        lines = sock.makefile("r")
        sock.sendall(b"NICK n%d\r\nUSER a b c :d\r\n" % number)
        for line in lines:
            if " 366 " in line:  # the list of names has ended
                sock.sendall(b"PING :there\r\n")
            if " PONG " in line:
                sock.sendall(b"QUIT\r\n")
            if line.startswith("ERROR"):
                return
        raise EOFError("no answer")


def control_frame(kind, body=b""):
    return struct.pack("!3I", 0, 4 + len(body), kind) + body


def frames(name):
    kind = b"test:frames"
    with open(name, "wb") as file:
        file.write(control_frame(
            2, struct.pack("!2I", 1, len(kind)) + kind))
        for i in range(5000):
            data = (b"%d-" % i) * (1 + i % 50)
            file.write(struct.pack("!I", len(data)) + data)
        file.write(control_frame(3))


def answers(what, port):
    global SECONDS
    SECONDS = 1
    if what == "dns":
        ask_udp(port, question(1, "h1.suite.example", 1))
    elif what in ("echo", "talk"):
        echo(0, port, what == "echo")
    else:
        fetch(port, "PING")


def crowd(function, *arguments):
    errors = []

    def one(number):
        try:
            function(number, *arguments)
        except Exception as e:
            errors.append("# client %d: %r" % (number, e))

    threads = [threading.Thread(target=one, args=(i,)) for i in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n".join(errors[:3]), end="\n" if errors else "")
    sys.exit(bool(errors))


# --- servers ---------------------------------------------------------------

def serve(port, conversation, host=HOST):
    def talk_to(sock):
        with sock:
            try:
                conversation(sock)
            except (EOFError, OSError):
                pass  # who only looked whether we are there

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=talk_to, args=(sock,), daemon=True).start()


def copy(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def echo_back(sock):
    copy(sock, sock)


def socks(sock, target):
    methods = read_all(sock, 2)[1]
    read_all(sock, methods)
    sock.sendall(b"\5\0")
    version, command, _, kind = read_all(sock, 4)
    expect("request", (version, command, kind), (5, 1, 1))
    read_all(sock, 6)
    with connect(target) as peer:
        sock.sendall(b"\5\0\0\1" + socket.inet_aton(HOST) + b"\0\0")
        back = threading.Thread(target=copy, args=(peer, sock))
        back.start()
        copy(sock, peer)
        back.join()


def lldp(interface, seconds):
    def item(kind, value):
        return struct.pack("!H", kind << 9 | len(value)) + value
    address = b"\2\0\0\0\0\1"
    frame = b"\x01\x80\xc2\0\0\x0e" + address + b"\x88\xcc" + b"".join((
        item(1, b"\4" + address), item(2, b"\7port"),
        item(3, struct.pack("!H", seconds)), item(5, b"neighbour"),
        item(0, b"")))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((interface, 0))
        sock.send(frame.ljust(60, b"\0"))


def tunnel(command):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    # TUNSETIFF; IFF_TUN and IFF_NO_PI
    fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"suite", 0x1001))
    for words in ("link set lo up", "addr add 10.9.0.1/24 dev suite",
                  "link set suite up"):
        subprocess.run(["ip"] + words.split(), check=True)
    os.set_inheritable(tun, True)
    os.environ.update(VPNFD=str(tun), INTERNAL_IP4_ADDRESS="10.9.0.2",
                      INTERNAL_IP4_MTU="1500")
    os.execvp(command[0], command)


def main():
    what, *rest = sys.argv[1:]
    if what == "answers":
        answers(rest[0], int(rest[1]))
    elif what == "echo-server":
        serve(int(rest[0]), echo_back, *rest[1:])
    elif what == "tunnel":
        tunnel(rest)
    elif what == "socks":
        serve(int(rest[0]), lambda sock: socks(sock, int(rest[1])))
    elif what == "lldp":
        lldp(rest[0], int(rest[1]))
    elif what == "frames":
        frames(rest[0])
    else:
        crowd({"echo": echo, "talk": talk, "dns": dns, "webdis": webdis,
               "irc": irc}[what], int(rest[0]), *rest[1:])


main()
