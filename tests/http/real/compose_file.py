#!/usr/bin/env python3
"""The compose file is valid and has the services, ports and profile that the lab's text relies on."""

import json
import os
import re
import subprocess

import lab

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))

PORTS = {"lab21-bank-api": (8000, 8000), "lab21-jaeger": (16686, 16686), "lab21-prometheus": (9090, 9090),
         "lab21-grafana": (3001, 3000)}


def compose():
    """Returns `docker compose` if that plug-in is installed, else `docker-compose`."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True) if lab.shutil.which("docker") else None
    if plugin and plugin.returncode == 0:
        return ["docker", "compose"]
    return [lab.tool("docker-compose")]


def config(command, *options):
    done = subprocess.run([*command, "-f", os.path.join(ROOT, "docker-compose.yml"), *options],
                          capture_output=True, text=True)
    print(done.stderr, end="")
    lab.expect(done.returncode == 0, f"{' '.join(command)} {' '.join(options)}")
    return done.stdout


def main():
    command = compose()
    config(command, "config", "--quiet")
    every = config(command, "--profile", "k6", "config", "--services").split()
    lab.expect(sorted(every) == sorted([*PORTS, "lab21-k6"]), f"the services are {sorted(every)}")

    text = config(command, "--profile", "k6", "config")
    for service, (outside, inside) in PORTS.items():
        lab.expect(f"published: {outside}" in text.replace('"', "").replace("'", ""), f"{service} on port {outside}")
        lab.expect(f"target: {inside}" in text, f"which is its own {inside}")
    k6 = re.search(r"^  lab21-k6:\n((?:    .*\n)+)", text, re.MULTILINE).group(1)
    lab.expect(re.search(r"profiles:\s+- k6", k6) and text.count("profiles:") == 1, "only lab21-k6 has a profile")
    images = [line.split()[1] for line in text.splitlines() if line.strip().startswith("image:")]
    lab.expect(len(images) == 5 and all(image.rpartition(":")[2][:1].isdigit() or ":v" in image for image in images),
               f"each image has an exact version: {images}")

    mounted = ("http/deploy/prometheus/prometheus.yml", "http/deploy/grafana/provisioning",
               "http/deploy/grafana/dashboards", "tools/k6")
    for path in mounted:
        lab.expect(os.path.exists(os.path.join(ROOT, path)) and path in text, f"{path} is mounted and there")
    with open(os.path.join(ROOT, "http/deploy/grafana/dashboards/race-conditions-lab.json"), encoding="utf-8") as file:
        dashboard = json.load(file)
    lab.expect(dashboard["title"] == "Race Conditions Lab", "the dashboard is Race Conditions Lab")
    with open(os.path.join(ROOT, "http/deploy/grafana/provisioning/datasources/datasources.yml"), encoding="utf-8") as file:
        sources = file.read()
    used = {target["datasource"]["uid"] for panel in dashboard["panels"] for target in panel["targets"]}
    lab.expect(all(f"uid: {uid}\n" in sources for uid in used), f"its data sources are provisioned: {sorted(used)}")


if __name__ == "__main__":
    main()
