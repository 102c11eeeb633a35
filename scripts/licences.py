"""Holds `cargo metadata` (standard input) against a deny.toml: licences, sources and banned crates.

What cargo-deny would refuse for these reasons is refused here too, so that a machine without it still notices.
It reads only the licence expression of each package, not the licence files.
"""

import json
import re
import sys
import tomllib

KNOWN = {"graph", "output", "advisories", "licenses", "bans", "sources"}


def allows(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied with `allowed`: OR needs one side, AND both."""
    words = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    place = 0

    def one() -> bool:
        nonlocal place
        if words[place] == "(":
            place += 1
            satisfied = either()
            place += 1
            return satisfied
        licence = words[place]
        place += 1
        if place < len(words) and words[place] == "WITH":
            licence = f"{licence} WITH {words[place + 1]}"
            place += 2
        return licence in allowed

    def both() -> bool:
        nonlocal place
        satisfied = one()
        while place < len(words) and words[place] == "AND":
            place += 1
            satisfied = one() and satisfied
        return satisfied

    def either() -> bool:
        nonlocal place
        satisfied = both()
        while place < len(words) and words[place] == "OR":
            place += 1
            satisfied = both() or satisfied
        return satisfied

    return either()


def main() -> int:
    with open(sys.argv[1], "rb") as file:
        rules = tomllib.load(file)
    problems = [f"deny.toml: [{table}] is not a table cargo-deny knows" for table in rules.keys() - KNOWN]
    allowed = set(rules["licenses"]["allow"])
    banned = {rule["crate"]: rule for rule in rules["bans"].get("deny", [])}

    metadata = json.load(sys.stdin)
    packages = {package["id"]: package for package in metadata["packages"]}
    for package in packages.values():
        label = f"{package['name']} {package['version']}"
        if package["source"] is None:
            continue
        if not package["source"].startswith("registry+") or "crates.io-index" not in package["source"]:
            problems.append(f"{label} does not come from crates.io")
        if not package["license"]:
            problems.append(f"{label} names no licence")
        elif not allows(package["license"], allowed):
            problems.append(f"{label} is under `{package['license']}`, which deny.toml does not allow")

    for node in metadata["resolve"]["nodes"]:
        user = packages[node["id"]]["name"]
        for dependency in node["deps"]:
            name = packages[dependency["pkg"]]["name"]
            rule = banned.get(name)
            if rule is not None and user not in rule.get("wrappers", []):
                problems.append(f"{user} depends on {name}, which deny.toml bans: use {rule.get('use-instead', 'another')}")

    for problem in sorted(problems):
        print(problem, file=sys.stderr)
    if not problems:
        print(f"{len(packages)} packages: licences, sources and bans as in deny.toml (cargo-deny is not installed)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
