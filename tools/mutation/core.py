"""Mutates sim/search, sim/schedule, sim/memory and sim/diagnose.

Each mutant costs one compiled file and a link. The unchanged objects are those of the clang preset,
which compiles at -O0. A mutated source is linked in front of the library, so the library's own object
is not used. A mutated header is compiled alone, with all its inline functions emitted, and linked in
front of everything: the linker takes the first definition of an inline function, and nothing is
inlined at -O0. Templates in headers are not reached this way, so they are not mutated. Mutants are
compiled with the assertions of the standard library: an index that is out of range ends the tests.
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

from mutants import mutants, read_survivors, summary

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "mutate" / "core"
BUILD = ROOT / "build" / "clang"
SURVIVORS = ROOT / "tools" / "mutate.survivors"
ROOMS = ["sim/search", "sim/schedule", "sim/memory", "sim/diagnose"]
# A mutant counts as one that does not end after CPU_S seconds of processor time, more than any stage
# below takes without a mutant, or after WAIT_S seconds on the clock, for tests that wait without an end.
# Processor time, so that a busy machine kills no mutant.
CPU_S, WAIT_S = 40, 300
# Tests that take long and tell little about a mutant that the others do not.
LONG = ("*PublishedLarge*:*Exact/*:*EachInterleaving*EquallyLikely*:*LateCheck*FindsIt*:"
        "*TotalsOfAWholeSearch*:*SpendsABudgetOfExecutionsExactly*:*AreAllOfTheTracesThatAreSearched*:"
        "*LoopsThatSpinWithoutAYieldEnd*")

# The tests that must fail for a mutant: sources in tests/sim, in stages, which are linked and run one
# after the other until one fails. The first pattern that matches a file selects its first stage, with
# the tests of the file itself. The later stages are the same for all files; they test the library as a
# whole.
LATER = [["counts", "replay", "examples"], ["determinism", "differential"]]
FIRST = [
    (r"sim/search/bounded", ["bounded"]),
    (r"sim/search/dpor/fairness", ["yield", "yield_property", "dpor"]),
    (r"sim/search/dpor/", ["dpor", "traces"]),
    (r"sim/search/exhaustive", ["choose", "load"]),
    (r"sim/search/pct", ["pct"]),
    (r"sim/search/pos", ["pos"]),
    (r"sim/search/surw", ["surw"]),
    (r"sim/search/(measure|sampling|random)", ["measure", "random", "pct", "surw"]),
    (r"sim/search/sticky", ["sticky"]),
    (r"sim/search/(saved_search|work_stack)", ["splittable"]),
    (r"sim/search/options", ["search_options"]),
    (r"sim/search/(explor|portfolio|failure_groups|later_failures|repeater)",
     ["portfolio", "jobs", "failure", "yield"]),
    (r"sim/search/", ["splittable", "failure", "yield"]),
    (r"sim/schedule/text_", ["schedule_text"]),
    (r"sim/schedule/file", ["testing"]),
    (r"sim/schedule/(follow|step_matcher)", ["follow", "explain"]),
    (r"sim/schedule/(retrace|recording)", ["replay", "traces", "explain", "shrink", "supervisor"]),
    (r"sim/schedule/", ["schedule_text", "traces", "replay"]),
    (r"sim/memory/data_race", ["var"]),
    (r"sim/memory/conflict", ["conflict", "traces", "dpor", "pos"]),
    (r"sim/memory/", ["conflict", "traces", "dpor", "var"]),
    (r"sim/diagnose/(shrink|prober|livelock|fair_strategy)", ["shrink"]),
    (r"sim/diagnose/explanation", ["traces", "explain", "explain_names"]),
    (r"sim/diagnose/", ["explain", "explain_names"]),
]
# After its first stage.
SECOND = [
    (r"sim/search/", ["splittable", "jobs", "bounded", "dpor", "portfolio"]),
    (r"sim/(schedule|memory)/", ["explain", "shrink", "testing"]),
    (r"sim/diagnose/", ["shrink", "explain", "explain_names", "explain_property"]),
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
    """The stages for a file: lists of sources in tests/sim, without "_test.cpp", each in one stage."""
    own = [next((tests for pattern, tests in stage if re.search(pattern, file)), [])
           for stage in (FIRST, SECOND)]
    stages, chosen = [], set()
    for stage in own + LATER:
        stages.append([test for test in stage if test not in chosen])
        chosen.update(stage)
    return [stage for stage in stages if stage]


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
    """The build that all mutants share: the unchanged library and the tests' objects."""

    def __init__(self, stages):
        if not (BUILD / "build.ninja").exists():
            subprocess.run(["cmake", "--preset", "clang", "-D", "RACELAB_FUZZ=OFF"], cwd=ROOT,
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
        subprocess.run(["ninja", "-C", BUILD, "--quiet", *libraries, *sorted(needed)], check=True)
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
            source, extra = directory / "header.cpp", ["-femit-all-decls"]
            source.write_text(f"#include <{mutant.file}>\n")
        command = self.compile.get(mutant.file, self.any_source)
        # The compiler, perhaps after a launcher, and its options.
        at = next(i for i, arg in enumerate(command) if arg.startswith("-"))
        options = [arg for arg in command[at:command.index("-o")]
                   if arg not in ("-Werror", "-gline-tables-only")]
        # The precompiled header is compiled without the assertions, so its text is included instead.
        if "-include-pch" in options:
            pch = options.index("-include-pch")
            del options[pch - 1:pch + 3]
        to = directory / "mutant.o"
        done = subprocess.run([*command[:at], f"-I{directory / 'overlay'}", *options, "-w",
                               "-D_GLIBCXX_ASSERTIONS", *extra,
                               "-o", to, "-c", source], cwd=BUILD, capture_output=True)
        shutil.rmtree(directory / "overlay")
        return to if done.returncode == 0 else None

    def link(self, stage, mutant, to):
        """Links the tests of a stage, with the mutant's object, if there is one, in front of all."""
        libraries = ["sim/libracelab_examples.a", "sim/libracelab_sim.a", "tests/libtest_process.a"]
        # The mutant defines the same symbols as the library's object: the first definition is used.
        subprocess.run(["clang++", "-fuse-ld=gold", *([mutant] if mutant else []),
                        *self.objects_of(stage), *libraries, "-Wl,--allow-multiple-definition",
                        "-lrapidcheck", "-lgmock", "-lgtest_main", "-lgtest", "-lfmt",
                        "-l:libboost_context.a", "-pthread", "-o", to],
                       cwd=BUILD, check=True)


def run_tests(program, directory):
    """(passed, what happened)."""
    environment = dict(os.environ, RC_PARAMS="seed=1 noshrink=1 max_success=10",
                       RACELAB_OUT=str(directory / "found"))
    process = subprocess.Popen(["prlimit", f"--cpu={CPU_S}", program, "--gtest_fail_fast",
                                f"--gtest_filter=-{LONG}"], cwd=directory, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    try:
        output = process.communicate(timeout=WAIT_S)[0]
        ended = f"ended with {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # and the processes that the tests have started
        output, ended = process.communicate()[0], "did not end"
    if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        ended = "did not end"
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
        self.checked = {}  # stage: whether its tests passed without a mutant
        self.checking = threading.Lock()

    def check_unchanged(self, stage, directory):
        """The tests of a stage must pass without a mutant."""
        with self.checking:
            if tuple(stage) in self.checked:
                return
            self.toolchain.link(stage, None, directory / "unchanged")
            passed, what = run_tests(directory / "unchanged", directory)
            if not passed:
                raise RuntimeError(f"{' '.join(stage)} must pass unchanged, but: {what}")
            self.checked[tuple(stage)] = True

    def run(self, mutant):
        """Compiles a mutant and runs its tests; returns the result in words."""
        directory = self.directories.get()
        try:
            compiled = self.toolchain.compile_mutant(mutant, directory)
            if compiled is None:
                return "does not compile"
            for stage in stages_for(mutant.file):
                self.check_unchanged(stage, directory)
                self.toolchain.link(stage, compiled, directory / "mutant")
                passed, what = run_tests(directory / "mutant", directory)
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
        self.tests = {path.name: path.read_bytes()
                      for path in sorted((ROOT / "tests" / "sim").glob("*.?pp"))}

    def key(self, mutant):
        stages = stages_for(mutant.file)
        key = hashlib.sha256("\0".join([mutant.name, mutant.text, json.dumps(stages)]).encode())
        chosen = {f"{name}_test.cpp" for stage in stages for name in stage}
        for name, text in self.tests.items():
            # Sources that are not tests, and headers, are shared.
            if name in chosen or not name.endswith("_test.cpp"):
                key.update(text)
        return key.hexdigest()

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
        found = mutants(file, (ROOT / file).read_text(), templates=not file.endswith(".hpp"))
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

        def judge(mutant):
            results.put(mutant, runner.run(mutant))
            print(f"{mutant.file}:{mutant.line}: {mutant.what}\n    {results.get(mutant)}",
                  flush=True)

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(judge, pending))
    return report(chosen, results, known, whole=not (options.only or options.sample or
                                                     options.files))


def report(chosen, results, known, whole):
    """Prints how many mutants there were, and the survivors that the table does not judge."""
    survived = [it for it in chosen if results.get(it) == "SURVIVED"]
    unjudged = [it for it in survived if it.name not in known]
    for mutant in unjudged:
        print(f"survived without a verdict, line {mutant.line}: {mutant.name}")
    names = {mutant.name for mutant in survived}
    for name in known:
        if whole and name.split(": ")[0] in core_files() and name not in names:
            print(f"killed now; delete it from {SURVIVORS.relative_to(ROOT)}: {name}")
    print(summary([results.get(it) for it in chosen], len(survived) - len(unjudged)))
    return 1 if unjudged else 0
