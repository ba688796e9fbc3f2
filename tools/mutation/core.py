"""Mutates sim/search, sim/schedule, sim/memory and sim/diagnose.

Each mutant costs one compiled file and a link. A mutated source is linked in front of the library,
so the library's own object is not used. A mutated header is compiled alone, with all its inline
functions kept, and linked in front of everything: the linker takes the first definition of an
inline function, and nothing is inlined at -O0. Templates are not reached this way.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

from mutants import mutants, read_survivors

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "mutate" / "core"
BUILD = WORK / "build"
SURVIVORS = ROOT / "tools" / "mutate.survivors"
ROOMS = ["sim/search", "sim/schedule", "sim/memory", "sim/diagnose"]
# A mutant counts as one that does not end after TIMEOUT_S seconds plus TIMEOUT_FACTOR times the time
# that the tests take without a mutant.
TIMEOUT_FACTOR, TIMEOUT_S = 5, 10

# The tests that must fail for a mutant: sources in tests/sim, in stages, which are linked and run one
# after the other until one fails. The first pattern that matches a file selects its first stage, with
# the tests of the file itself. The later stages are the same for all files; they test the library as a
# whole.
LATER = [["counts", "replay", "examples"], ["differential", "determinism", "explain_property"]]
FIRST = [
    (r"sim/base/task_set", ["tasks", "choose", "dpor"]),
    (r"sim/search/bounded", ["bounded", "splittable"]),
    (r"sim/search/dpor/", ["dpor", "traces", "splittable"]),
    (r"sim/search/exhaustive", ["choose", "load", "splittable"]),
    (r"sim/search/pct", ["pct", "splittable"]),
    (r"sim/search/pos", ["pos", "splittable"]),
    (r"sim/search/surw", ["surw", "splittable"]),
    (r"sim/search/(measure|sampling|random)", ["measure", "random", "pct", "surw", "splittable"]),
    (r"sim/search/saved_search", ["splittable", "jobs"]),
    (r"sim/search/options", ["registry", "registration", "jobs"]),
    (r"sim/search/", ["splittable", "jobs", "failure", "yield"]),
    (r"sim/schedule/text_format", ["schedule_text"]),
    (r"sim/schedule/file", ["testing"]),
    (r"sim/schedule/(follow|step_matcher)", ["follow"]),
    (r"sim/schedule/", ["schedule_text", "traces", "replay", "explain"]),
    (r"sim/memory/data_race", ["var"]),
    (r"sim/memory/", ["traces", "dpor", "explain", "var"]),
    (r"sim/diagnose/shrink", ["shrink"]),
    (r"sim/diagnose/", ["explain", "shrink"]),
]
# The programs of the build that have the tests' objects.
PROGRAMS = ["sim_test", "toolbox_test", "testing_test"]


def add_options(parser):
    parser.add_argument("files", nargs="*", metavar="FILE", help="default: all of " +
                        ", ".join(ROOMS))
    parser.add_argument("--sample", type=int, metavar="N",
                        help="N mutants of each file, always the same ones; default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N",
                        help="how many mutants to run at a time; default: one for each processor")
    parser.add_argument("--fresh", action="store_true",
                        help="run what an earlier run has results for, too")


def stages_for(file):
    """The stages for a file: lists of sources in tests/sim, without "_test.cpp"."""
    first = next((tests for pattern, tests in FIRST if re.search(pattern, file)), [])
    return [first, *LATER] if first else LATER


def core_files():
    names = [path.relative_to(ROOT).as_posix() for room in ROOMS
             for path in (ROOT / room).rglob("*.?pp")]
    return sorted(names)


def sampled(found, count):
    """`count` of the mutants, chosen by their names, in the order of their places."""
    if count is None:
        return found
    by_hash = sorted(found, key=lambda it: hashlib.sha256(it.name.encode()).hexdigest())
    chosen = set(it.name for it in by_hash[:count])
    return [it for it in found if it.name in chosen]


class Toolchain:
    """The build that all mutants share: the unchanged library and the tests' objects, by GCC, at -O0."""

    def __init__(self, stages):
        if not (BUILD / "build.ninja").exists():
            subprocess.run(["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja",
                            "-D", "CMAKE_BUILD_TYPE=RelWithDebInfo", "-D", "RACELAB_HTTP=OFF",
                            "-D", "CMAKE_CXX_FLAGS_RELWITHDEBINFO=-O0 -g0",
                            "-D", "CMAKE_EXPORT_COMPILE_COMMANDS=ON", "-D", "RACELAB_TESTS=ON",
                            "-D", "RACELAB_BENCH=OFF", "-D", "RACELAB_PRECOMPILE=ON"],
                           check=True, stdout=subprocess.DEVNULL)
        self.objects = {}  # name of a test: the object file of its source
        for program in PROGRAMS:
            built = subprocess.run(["ninja", "-C", BUILD, "-t", "query", f"tests/{program}"],
                                   check=True, capture_output=True, text=True).stdout
            for path in re.findall(r"\S+/sim/(?:\w+)\.cpp\.o", built):
                name = re.search(r"/(\w+?)(?:_test)?\.cpp\.o$", path)[1]
                self.objects.setdefault(name, path)
        needed = {name for stage in stages for name in self.objects_of(stage)}
        libraries = ["racelab_sim", "racelab_examples", "test_process"]
        subprocess.run(["cmake", "--build", BUILD, "--target", *libraries, *sorted(needed), "--",
                        "--quiet"], check=True)
        commands = json.loads((BUILD / "compile_commands.json").read_text())
        self.compile = {os.path.relpath(it["file"], ROOT): shlex.split(it["command"])
                        for it in commands if f"{os.sep}sim{os.sep}" in it["file"]}
        self.any_source = self.compile["sim/schedule/file.cpp"]

    def objects_of(self, stage):
        """The objects of the tests of a stage, and of the source that tests share."""
        return [self.objects[name] for name in [*stage, "random_program"]]

    def compile_mutant(self, mutant, directory):
        """The object file, or None if the mutant does not compile."""
        overlay = directory / "overlay" / mutant.file
        overlay.parent.mkdir(parents=True, exist_ok=True)
        overlay.write_text(mutant.text)
        source, extra = overlay, []
        if mutant.file.endswith(".hpp"):
            source, extra = directory / "header.cpp", ["-fkeep-inline-functions"]
            source.write_text(f"#include <{mutant.file}>\n")
        command = self.compile.get(mutant.file, self.any_source)
        # The compiler, perhaps after a launcher, and its options.
        at = next(i for i, arg in enumerate(command) if arg.startswith("-"))
        options = [arg for arg in command[at:command.index("-o")] if arg != "-Werror"]
        to = directory / "mutant.o"
        done = subprocess.run([*command[:at], f"-I{directory / 'overlay'}", *options, "-w", *extra,
                               "-o", to, "-c", source], cwd=BUILD, capture_output=True)
        shutil.rmtree(directory / "overlay")
        return to if done.returncode == 0 else None

    def link(self, stage, mutant, to):
        """Links the tests of a stage, with the mutant's object, if there is one, in front of all."""
        libraries = ["sim/libracelab_examples.a", "sim/libracelab_sim.a", "tests/libtest_process.a"]
        # The mutant defines the same symbols as the library's object: the first definition is used.
        subprocess.run(["g++", *([mutant] if mutant else []), *self.objects_of(stage), *libraries,
                        "-Wl,--allow-multiple-definition", "-lrapidcheck", "-lgmock", "-lgtest_main",
                        "-lgtest", "-lfmt", "-l:libboost_context.a", "-pthread", "-o", to],
                       cwd=BUILD, check=True)


def run_tests(program, timeout_s, directory):
    """(passed, what happened)."""
    environment = dict(os.environ, RC_PARAMS="seed=1 noshrink=1",
                       RACELAB_OUT=str(directory / "found"))
    process = subprocess.Popen([program, "--gtest_fail_fast"], cwd=directory, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    try:
        output = process.communicate(timeout=timeout_s)[0]
        ended = f"ended with {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # and the processes that the tests have started
        output, ended = process.communicate()[0], "did not end"
    if process.returncode == 0:
        return True, "passed"
    output = output.decode(errors="replace")
    failed = re.search(r"\[  FAILED  \] (\S+?),? ", output)
    if failed:
        return False, f"killed by {failed[1]}"
    started = (re.findall(r"RUN      . (.+)", output) or ["?"])[-1]
    return False, f"killed by {started}, which {ended}"


class Runner:
    """Runs mutants, each in the directory of one of `jobs` workers."""

    def __init__(self, toolchain, jobs):
        self.toolchain = toolchain
        self.directories = queue.Queue()
        for number in range(jobs):
            directory = WORK / f"worker{number}"
            directory.mkdir(parents=True, exist_ok=True)
            self.directories.put(directory)
        self.seconds = {}  # stage: the time that its tests take without a mutant

    def check_unchanged(self, stages):
        """The tests must pass without a mutant; how long they take sets the time limits."""
        directory = WORK / "worker0"
        for stage in stages:
            if tuple(stage) in self.seconds:
                continue
            self.toolchain.link(stage, None, directory / "unchanged")
            begin = time.monotonic()
            passed, what = run_tests(directory / "unchanged", 600, directory)
            if not passed:
                sys.exit(f"tools/mutate: {' '.join(stage)} must pass unchanged, but: {what}")
            self.seconds[tuple(stage)] = time.monotonic() - begin

    def run(self, mutant):
        """Compiles a mutant and runs its tests; returns the result in words."""
        directory = self.directories.get()
        try:
            compiled = self.toolchain.compile_mutant(mutant, directory)
            if compiled is None:
                return "does not compile"
            for stage in stages_for(mutant.file):
                self.toolchain.link(stage, compiled, directory / "mutant")
                limit = TIMEOUT_S + TIMEOUT_FACTOR * self.seconds[tuple(stage)]
                passed, what = run_tests(directory / "mutant", limit, directory)
                if not passed:
                    return what
            return "SURVIVED"
        finally:
            self.directories.put(directory)


class Results:
    """The results of earlier runs, stored beside the build. A result is valid as long as the mutated
    file and the tests chosen for it are unchanged; other changes do not make the mutant run again."""

    def __init__(self, fresh):
        self.path = WORK / "results.json"
        self.known = {}
        if self.path.exists() and not fresh:
            self.known = json.loads(self.path.read_text())
        self.lock = threading.Lock()
        tests = hashlib.sha256()
        for path in sorted((ROOT / "tests" / "sim").glob("*.?pp")):
            tests.update(path.read_bytes())
        self.tests = tests.hexdigest()

    def key(self, mutant):
        stages = json.dumps(stages_for(mutant.file))
        return hashlib.sha256(
            "\0".join([mutant.name, mutant.text, stages, self.tests]).encode()).hexdigest()

    def get(self, mutant):
        return self.known.get(self.key(mutant))

    def put(self, mutant, became):
        with self.lock:
            self.known[self.key(mutant)] = became
            temporary = self.path.with_suffix(".tmp")
            temporary.write_text(json.dumps(self.known))
            temporary.replace(self.path)


def main(options):
    files = options.files or core_files()
    chosen = []
    for file in files:
        found = mutants(file, (ROOT / file).read_text())
        found = [it for it in found if options.only in it.name]
        chosen += sampled(found, options.sample)
    if options.list:
        print("\n".join(f"{it.file}:{it.line}: {it.what}" for it in chosen))
        return 0
    WORK.mkdir(parents=True, exist_ok=True)
    known = read_survivors(SURVIVORS)
    results = Results(options.fresh)
    pending = [it for it in chosen if results.get(it) is None]
    if pending:
        stages = [stage for file in sorted({it.file for it in pending})
                  for stage in stages_for(file)]
        toolchain = Toolchain(stages)
        runner = Runner(toolchain, options.jobs)
        runner.check_unchanged(stages)

        def judge(mutant):
            results.put(mutant, runner.run(mutant))
            print(f"{mutant.file}:{mutant.line}: {mutant.what}\n    {results.get(mutant)}",
                  flush=True)

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(judge, pending))
    return report(chosen, results, known, whole=not (options.only or options.sample or
                                                     options.files))


def report(chosen, results, known, whole):
    counts, unjudged = {}, []
    for mutant in chosen:
        became = results.get(mutant)
        kind = became.split(" ")[0].lower()
        if kind == "survived" and mutant.name not in known:
            unjudged.append(mutant)
        counts[kind] = counts.get(kind, 0) + 1
    print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    for mutant in unjudged:
        print(f"survivor without a verdict, line {mutant.line}: {mutant.name}")
    names = {mutant.name for mutant in chosen if results.get(mutant) == "SURVIVED"}
    gone = [name for name in known if whole and name not in names]
    for name in gone:
        print(f"no survivor any more; delete it from {SURVIVORS.relative_to(ROOT)}: {name}")
    return 1 if unjudged or gone else 0
