"""Prints what a host is like, as JSON, and changes nothing. Arguments: the time of the controller in seconds since 1970,
the port of NGINX, the packages that the host shall have, and after `--` the names that it must be able to resolve."""

import glob
import json
import os
import re
import socket
import subprocess
import sys
import time


def output(*command):
    """What a command prints; an empty text if it fails or does not exist."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def works(*command):
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def system():
    return dict(re.findall(r'^(ID|VERSION_ID|VERSION_CODENAME)="?([^"\n]*)', read("/etc/os-release"), re.M))


def network():
    route = json.loads(output("ip", "-json", "-4", "route", "show", "default") or "[]")
    if not route:
        return {"address": "", "mtu": 0}
    link = json.loads(output("ip", "-json", "-4", "address", "show", "dev", route[0]["dev"]))[0]
    return {"address": link["addr_info"][0]["local"], "mtu": link["mtu"]}


def missing_features():
    """What the kernel lacks. Tried in a network namespace of its own, which is gone when the command ends."""
    tries = {
        "network namespaces": "true",
        "bridge": "ip link add motorpool0 type bridge",
        "veth": "ip link add motorpool0 type veth peer name motorpool1",
        "vxlan": "ip link set lo up && ip link add motorpool0 type vxlan id 77 dstport 4789 dev lo",
    }
    if works("iptables", "--version"):
        tries["iptables"] = "iptables --table nat --list-rules"
    missing = [name for name, line in tries.items() if not works("unshare", "--net", "sh", "-c", line)]
    has_overlay = "\toverlay\n" in read("/proc/filesystems") or works("modprobe", "--dry-run", "overlay")
    return missing + ([] if has_overlay else ["overlay"])


def taken_ports():
    """The ports that something listens on, like 80/tcp."""
    taken = set()
    for protocol, listening in (("tcp", "0A"), ("udp", "07")):
        for family in ("", "6"):
            for line in read(f"/proc/net/{protocol}{family}").splitlines()[1:]:
                fields = line.split()
                if fields[3] == listening:
                    taken.add(f"{int(fields[1].rsplit(':', 1)[1], 16)}/{protocol}")
    return sorted(taken)


def packages(wanted):
    rows = output("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n").splitlines()
    installed = {name for name, state in (row.split() for row in rows) if state == "installed"}
    is_confined = read("/sys/module/apparmor/parameters/enabled").startswith("Y")
    return {
        "missing": [name for name in wanted if name not in installed and (name != "apparmor" or is_confined)],
        # As after a power cut in the middle of an installation.
        "are_broken": bool(os.listdir("/var/lib/dpkg/updates")) or output("dpkg", "--audit") != "",
    }


def mirror(codename):
    """Where apt gets the host's own release from; apt itself only says so after its first update."""
    paths = ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))]
    for path in paths:
        for block in re.split(r"\n\s*\n", read(path)):
            fields = dict(re.findall(r"^(URIs|Suites):\s*(.*)", block, re.M))
            pairs = re.findall(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)", block, re.M)
            pairs += [(fields.get("URIs", ""), suite) for suite in fields.get("Suites", "").split()]
            for uri, suite in pairs:
                if suite == codename and uri:
                    return uri.split()[0]
    return ""


def cannot_resolve(name):
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        return True
    return False


def swarm_state():
    """What the engine says of its swarm, as soon as it knows; None where no engine answers."""
    deadline = time.monotonic() + 30
    while True:
        state = json.loads(output("docker", "info", "--format", "{{json .Swarm}}") or "{}")
        if not state.get("LocalNodeState"):  # what the client says when no engine answers
            return None
        if state["LocalNodeState"] != "pending" or time.monotonic() > deadline:
            return state
        time.sleep(0.5)


def is_stuck():
    """Whether a link of an overlay network was left in the host's own namespace, where it is for a moment only."""
    left = set(filter(re.compile("(ov|vx)-[0-9a-f]{6}-").match, os.listdir("/sys/class/net")))
    if left:
        time.sleep(1)
    return bool(left.intersection(os.listdir("/sys/class/net")))


def engine(missing):
    swarm = swarm_state()
    started = output("systemctl", "show", "docker", "--property=ActiveEnterTimestamp", "--timestamp=unix")
    settings = os.stat("/etc/docker/daemon.json").st_mtime if os.path.exists("/etc/docker/daemon.json") else 0
    is_there = swarm is not None or bool(glob.glob("/var/lib/docker/*"))
    return {
        "answers": swarm is not None,
        "is_foreign": is_there and not os.path.isdir("/etc/motorpool"),
        "is_ready": swarm is not None and "python3-docker" not in missing,
        "is_stuck": is_stuck(),  # also one that is stopped, which would find the link when it starts
        # As when a run was interrupted between writing the settings and starting the engine with them.
        "has_old_settings": swarm is not None and settings > float(started.partition("@")[2] or "inf") + 1,
    }, {
        "node_id": (swarm or {}).get("NodeID", ""),
        "is_member": swarm is not None and swarm["LocalNodeState"] != "inactive",
        "is_manager": bool((swarm or {}).get("ControlAvailable")),
        # Of an engine that is stopped, whose kernel may still listen for the swarm.
        "was_member": os.path.exists("/var/lib/docker/swarm/docker-state.json"),
    }


def before():
    """What an engine changes when it starts."""
    policy = re.search(r"^-P FORWARD (\w+)", output("iptables", "--list-rules", "FORWARD"), re.M)
    return {
        "ip_forward": read("/proc/sys/net/ipv4/ip_forward").strip(),
        "forward_policy": policy[1] if policy else "ACCEPT",
    }


def main():
    clock_difference = round(time.time() - float(sys.argv[1]))  # first, since what follows takes its time
    split = sys.argv.index("--")
    port, wanted, names = sys.argv[2], sys.argv[3:split], sys.argv[split + 1 :]
    os_release = system()
    package_state = packages(wanted)
    engine_state, swarm = engine(package_state["missing"])
    source = mirror(os_release.get("VERSION_CODENAME", ""))
    hostname = socket.gethostname()
    asked = [hostname, *re.findall(r"^https?://([^/:]+)", source), *names]
    memory = re.search(r"^MemTotal:\s+(\d+)", read("/proc/meminfo"), re.M)
    print(
        json.dumps(
            {
                "clock_difference": clock_difference,
                "hostname": hostname,
                "system": os_release.get("ID", ""),
                "release": os_release.get("VERSION_ID", ""),
                "codename": os_release.get("VERSION_CODENAME", ""),
                "mirror": source,
                "memory_mb": int(memory[1]) // 1024 if memory else 0,
                **network(),
                "missing_features": missing_features(),
                "taken_ports": taken_ports(),
                "publishing": output("docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}").split(),
                "unresolved": [name for name in asked if cannot_resolve(name)],
                "packages": package_state,
                "engine": engine_state,
                "swarm": swarm,
                "before": before(),
            }
        )
    )


main()
