"""Mutates the safe transfers, and runs the bank's properties on each mutant."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from mutants import mutants, read_survivors, summary

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "clang"
WORK = ROOT / "build" / "mutate" / "bank"
SURVIVORS = ROOT / "tools" / "mutate.survivors"
FILES = ["bank/transfers/ordered_locks.hpp", "bank/transfers/optimistic.hpp",
         "bank/transfers/check_then_act.hpp", "bank/transfer.hpp", "bank/ledger.hpp"]
CPU_S, WAIT_S = 60, 600  # processor time that a mutant may use, and time on the clock

# Replaced token by token, in the terms of a transfer; each occurrence is a mutant.
REPLACED = [(r"std::min\b", "std::max"), (r"std::max\b", "std::min"),
            (r">=", ">"), (r">=", "<"), (r"==", "!="), (r" \+ ", " - "), (r" - ", " + "),
            (r"\+ 1\b", "+ 2"), (r"\+ 1\b", "+ 0"), (r"- 1\b", "- 0"), (r"\(-(?=\w)", "("), (r"!(?=\w)", ""),
            (r"\btransfer\.from\b", "transfer.to"), (r"\btransfer\.to\b", "transfer.from"),
            (r"(?<=expected = )read", "balance.read(context, words::kRead)"),
            (r"words::k(Lock|Unlock|Read|Commit|Deduct|Credit)\b", "words::kStore"),
            (r"TransferStatus::success\b(?!;)", "TransferStatus::insufficient_funds"),
            (r"TransferStatus::insufficient_funds\b", "TransferStatus::success"),
            (r"(?<=credit\(ledger, transfer, context, )read, after", "after, read"),
            (r"(?<=success, )from_before, from_after, to_before, to_after",
             "from_after, from_before, to_after, to_before")]

# Members and deleted functions: without them the code does not compile, or behaves the same.
DECLARATION = re.compile(
    r"((std::\S+|Money|Balance|TransferStatus|typename R::.*|Account<R>&) \w+( = (0|\w+::\w+))?"
    r"|.* = delete);$")

def prepare():
    """Builds what all mutants share: the libraries, the common headers, and the tests' objects."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "clang", "-D", "RACELAB_FUZZ=OFF"], cwd=ROOT, check=True)
    subprocess.run(["ninja", "-C", BUILD, "--quiet", "racelab_rapidcheck_gtest", "racelab_bank"],
                   check=True)
    for name in ["overlay", "found"]:
        shutil.rmtree(WORK / name, ignore_errors=True)
        (WORK / name).mkdir(parents=True)
    shared = ["gtest/gtest.h", "rapidcheck/gtest.h", "rapidcheck/state.h",
              "sim/runtime/fiber_runtime.hpp", "sim/runtime/thread_runtime.hpp"]
    (WORK / "shared.hpp").write_text("".join(f"#include <{header}>\n" for header in shared))
    compile_(WORK / "shared.hpp", WORK / "shared.hpp.pch", "-x", "c++-header").check_returncode()
    for source in ["tests/bank/properties_test.cpp", "tests/tools/process.cpp"]:
        compile_(ROOT / source, WORK / (pathlib.Path(source).stem + ".o")).check_returncode()
    # The only two sources that include the mutated headers; they are compiled for each mutant.
    (WORK / "mutant.cpp").write_text(
        "#include <bank/workload.cpp>\n#include <tests/bank/judged.cpp>\n")


def compile_(source, to, *options):
    return subprocess.run(["clang++", "-std=c++20", "-O0", "-w", "-DRACELAB_TASKS_MAX=64",
                           f"-I{WORK / 'overlay'}", f"-I{ROOT}", *options, "-c", source, "-o", to],
                          capture_output=True, text=True)


def run(file, text):
    """Compiles a mutant and runs its tests; returns the result in words."""
    overlay = WORK / "overlay" / file
    overlay.parent.mkdir(parents=True, exist_ok=True)
    overlay.write_text(text)
    shared = ["-include-pch", WORK / "shared.hpp.pch"]
    became = "does not compile"
    if compile_(WORK / "mutant.cpp", WORK / "mutant.o", *shared).returncode == 0:
        became = test("properties_test.o", "process.o", "mutant.o")
    if became == "SURVIVED":
        stateful = ROOT / "tests/bank/stateful_test.cpp"
        compile_(stateful, WORK / "stateful.o", *shared).check_returncode()
        became = test("stateful.o")
    overlay.unlink()
    return became


def test(*objects):
    """Links the objects and runs their tests."""
    libraries = [f"sim/libracelab_{name}.a" for name in
                 ["rapidcheck_gtest", "rapidcheck", "gtest"]]
    libraries += ["bank/libracelab_bank.a", "sim/libracelab_sim.a"]
    subprocess.run(["clang++", *[WORK / name for name in objects],
                    *[BUILD / library for library in libraries], "-lrapidcheck", "-lgmock",
                    "-lgtest_main", "-lgtest", "-lfmt", "-l:libboost_context.a", "-o",
                    WORK / "mutant"], check=True)
    environment = dict(os.environ, RC_PARAMS="seed=1 noshrink=1", RACELAB_OUT=str(WORK / "found"))
    command = ["prlimit", f"--cpu={CPU_S}", WORK / "mutant", "--gtest_fail_fast", "--gtest_filter=-Unsafe*"]
    try:
        tested = subprocess.run(command, capture_output=True, timeout=WAIT_S, env=environment)
        output, ended = tested.stdout, f"ended with {tested.returncode}"
        if tested.returncode == 0:
            return "SURVIVED"
    except subprocess.TimeoutExpired as late:
        output, ended = late.stdout or b"", "did not end"
    output = output.decode(errors="replace")
    failed = re.search(r"\[  FAILED  \] (\S+) \(", output)
    if failed:
        return f"killed by {failed[1]}"
    return f"killed by {(re.findall(r'RUN      . (.+)', output) or ['?'])[-1]}, which {ended}"


def main(options):
    chosen = [it for file in FILES
              for it in mutants(file, (ROOT / file).read_text(), REPLACED, DECLARATION)
              if options.only in it.name]
    if options.list:
        print("\n".join(f"{it.file}:{it.line}: {it.what}" for it in chosen))
        return 0
    known = read_survivors(SURVIVORS)
    prepare()
    original = run(FILES[0], (ROOT / FILES[0]).read_text())
    if original != "SURVIVED":
        sys.exit(f"tools/mutate: the tests must pass unchanged, but: {original}")
    results, judged = [], 0
    for mutant in chosen:
        became = run(mutant.file, mutant.text)
        results.append(became)
        if became == "SURVIVED" and mutant.name in known:
            judged += 1
            became = f"SURVIVED: {known[mutant.name]}"
        print(f"{mutant.file}:{mutant.line}: {mutant.what}\n    {became}", flush=True)
    print(summary(results, judged))
    return 1 if results.count("SURVIVED") > judged else 0
