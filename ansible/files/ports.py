"""Tries the ports of a swarm from this host to each other one, while all of them do the same at the same time: before
there is a swarm nobody listens, so each host listens itself. Takes one argument, JSON:
{"name": "a", "ports": ["2377/tcp", …], "hosts": {"b": {"address": "10.0.0.2", "taken": ["2377/tcp"]}, …}}
and prints what did not answer, as JSON: ["b at port 2377/tcp", …]. A UDP port that is in use already cannot be tried,
for its owner answers no stranger; an answer shows that both directions are open, none that one of them is not."""

import json
import socket
import sys
import threading
import time

PATIENCE = 10  # seconds, for all hosts to be there and for what is blocked to be sure
LINGER = 0.5  # seconds, for the last answer to arrive

plan = json.loads(sys.argv[1])
name, hosts = plan["name"], plan["hosts"]
deadline = time.monotonic() + PATIENCE
seen = {}  # who was heard at which of the ports that this host listens on


def listen(port):
    number, protocol = port.split("/")
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind(("", int(number)))
    except OSError:  # in use: the swarm is there already
        server.close()
        return
    seen[port] = set()
    if protocol == "tcp":
        server.listen(64)
    threading.Thread(target=accept if protocol == "tcp" else echo, args=(server, port), daemon=True).start()


def accept(server, port):
    while True:
        connection, _ = server.accept()
        connection.settimeout(1)
        try:
            seen[port].add(connection.recv(200).decode(errors="replace"))
        except OSError:
            pass
        connection.close()


def echo(server, port):
    while True:
        message, sender = server.recvfrom(200)
        server.sendto(message, sender)
        seen[port].add(message.decode(errors="replace"))


def reaches(address, port):
    number, protocol = port.split("/")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        try:
            client.connect((address, int(number)))
            client.send(name.encode())
            return protocol == "tcp" or client.recv(200) == name.encode()
        except OSError:
            return False


def reaches_in_time(address, port):
    while time.monotonic() < deadline:
        if reaches(address, port):
            return True
        time.sleep(0.1)
    return False


def attempt(unreached, host, port):
    if not reaches_in_time(hosts[host]["address"], port):
        unreached.append(f"{host} at port {port}")


def main():
    for port in plan["ports"]:
        listen(port)
    unreached = []
    attempts = [
        threading.Thread(target=attempt, args=(unreached, host, port))
        for host, facts in hosts.items()
        for port in plan["ports"]
        if not (port.endswith("/udp") and port in facts["taken"])
    ]
    for thread in attempts:
        thread.start()
    for thread in attempts:
        thread.join()
    while time.monotonic() < deadline and any(set(hosts) - heard for heard in seen.values()):
        time.sleep(0.05)
    time.sleep(LINGER)
    print(json.dumps(sorted(unreached)))


main()
