"""Prints what a host is like and Ansible's own facts do not say, as JSON, and changes nothing. Takes one argument, JSON:
{"time": that of the controller in seconds since 1970, "nginx": {"service": its name, "ports": those that it shall have},
"packages": those that a host may need, "names": what it must be able to resolve, "networks": those of the swarm}"""

import glob
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

SETTINGS = "/etc/docker/daemon.json"


def run(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", "")


def works(*command):
    return run(*command).returncode == 0


def output(*command):
    """What a command prints; an empty text if it fails or does not exist."""
    done = run(*command)
    return done.stdout.strip() if done.returncode == 0 else ""


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


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
    sockets = [line.split() for line in output("ss", "--no-header", "--listening", "--numeric", "--tcp", "--udp").splitlines()]
    return sorted({f"{local.rsplit(':', 1)[1]}/{protocol}" for protocol, _, _, _, local, *_ in sockets})


def published_ports(service, ports):
    """Those of the ports that a service itself has published on this host. A task that just starts is waited for: no port
    is told of it yet, and one that finds its port taken never has it."""
    tasks = ["docker", "ps", "--all", "--quiet", "--filter", f"label=com.docker.swarm.service.name={service}", "--filter"]
    deadline = time.monotonic() + 10
    while True:
        published = [f"{port}/tcp" for port in ports if output(*tasks, f"publish={port}")]
        if published or time.monotonic() > deadline or not output(*tasks, "status=created"):
            return published
        time.sleep(0.5)


def packages(wanted):
    rows = output("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n").splitlines()
    states = dict(row.split() for row in rows)
    is_confined = read("/sys/module/apparmor/parameters/enabled").startswith("Y")
    needless = {"apparmor": not is_confined, "docker-cli": shutil.which("docker")}  # docker.io may have the client in it
    return {
        "missing": [name for name in wanted if states.get(name) != "installed" and not needless.get(name)],
        "know_engine": states.get("docker.io", "not-installed") not in ("not-installed", "config-files"),
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


def overlapping(networks):
    """The networks that the host has a way to and that one of these would hide."""
    routes = [route["dst"] for route in json.loads(output("ip", "-json", "-4", "route") or "[]")]
    ours = [ipaddress.ip_network(network) for network in networks]
    return [dst for dst in routes if dst != "default" and any(map(ipaddress.ip_network(dst).overlaps, ours))]


def cannot_resolve(name):
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        return True
    return False


def engine_info():
    """What the engine says of itself, as soon as it knows its swarm; nothing where none answers."""
    deadline = time.monotonic() + 30
    while True:
        info = json.loads(output("docker", "info", "--format", "{{json .}}") or "{}")
        state = info.get("Swarm", {}).get("LocalNodeState")
        if not state:  # what the client says when no engine answers
            return {}
        if state != "pending" or time.monotonic() > deadline:
            return info
        time.sleep(0.5)


def mortal_containers():
    """Those that run and would not come back if the engine were started anew; a swarm brings back its own."""
    listed = output("docker", "ps", "--format", '{{.ID}} {{.Label "com.docker.swarm.task.id"}}').splitlines()
    own = [row.strip() for row in listed if " " not in row.strip()]
    policies = [output("docker", "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}{{.Name}}", name) for name in own]
    return [one.partition("/")[2] for one in policies if one and not one.startswith(("always/", "unless-stopped/"))]


def settings_in(path):
    """The settings in a file as a dictionary, empty without the file; None if they are something else."""
    try:
        settings = json.loads(read(path) or "{}")
    except ValueError:
        return None
    return settings if isinstance(settings, dict) else None


def is_stuck():
    """Whether a link of an overlay network was left in the host's own namespace, where it is for a moment only."""
    left = set(filter(re.compile("(ov|vx)-[0-9a-f]{6}-").match, os.listdir("/sys/class/net")))
    if left:
        time.sleep(1)
    return bool(left.intersection(os.listdir("/sys/class/net")))


def engine(package_state):
    info = engine_info()
    properties = ["--property=LoadState,MainPID,ActiveEnterTimestamp", "--timestamp=unix"]
    unit = dict(row.split("=", 1) for row in output("systemctl", "show", "docker.service", *properties).splitlines())
    version = re.search(r"version ([\d.]+)", output("dockerd", "--version"))
    changed = os.stat(SETTINGS).st_mtime if os.path.exists(SETTINGS) else 0
    is_there = info != {} or bool(glob.glob("/var/lib/docker/*"))
    is_ours = package_state["know_engine"] and os.path.exists("/etc/motorpool/before")
    swarm = info.get("Swarm", {})
    return {
        "answers": info != {},
        "version": version[1] if version else "",
        "is_there": is_there,
        "is_foreign": is_there and version is not None and not is_ours,
        "is_ready": info != {} and "python3-docker" not in package_state["missing"],
        "is_stuck": is_stuck(),  # also one that is stopped, which would find the link when it starts
        "is_docker_service": info == {} or unit.get("LoadState") == "loaded",
        "flags": read(f"/proc/{unit.get('MainPID')}/cmdline").split("\0")[1:-1],
        "log_driver": info.get("LoggingDriver", "json-file"),
        "is_live": info.get("LiveRestoreEnabled", False),
        "settings": settings_in(SETTINGS),
        "added_settings": settings_in("/etc/motorpool/settings.json"),
        "mortal_containers": mortal_containers() if info else [],
        # As when a run was interrupted between writing the settings and starting the engine with them.
        "has_old_settings": info != {} and changed > float(unit.get("ActiveEnterTimestamp", "").strip("@") or "inf") + 1,
    }, {
        "node_id": swarm.get("NodeID", ""),
        "is_member": info != {} and swarm["LocalNodeState"] != "inactive",
        "is_manager": swarm.get("ControlAvailable", False),
        "state": swarm.get("LocalNodeState", ""),
        "error": swarm.get("Error", ""),
        "locks": bool(re.search(r"'AutoLockManagers': True", str(swarm.get("Cluster")))),
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
    asked = json.loads(sys.argv[1])
    clock_difference = round(time.time() - float(asked["time"]))  # first, since what follows takes its time
    package_state = packages(asked["packages"])
    engine_state, swarm = engine(package_state)
    codename = re.search(r'^VERSION_CODENAME="?([^"\n]*)', read("/etc/os-release"), re.M)
    source = mirror(codename[1] if codename else "")
    names = [socket.gethostname(), *re.findall(r"^https?://([^/:]+)", source), *asked["names"]]
    print(
        json.dumps(
            {
                "clock_difference": clock_difference,
                "mirror": source,
                "missing_features": missing_features(),
                "taken_ports": taken_ports(),
                "overlapping": overlapping(asked["networks"]),
                "published_ports": published_ports(**asked["nginx"]),
                "unresolved": [name for name in names if cannot_resolve(name)],
                "is_known": os.path.isdir("/etc/motorpool"),
                "packages": package_state,
                "engine": engine_state,
                "swarm": swarm,
                "before": before(),
            }
        )
    )


if __name__ == "__main__":
    main()
