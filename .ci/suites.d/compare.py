"""Compares what the tests of a suite came to with the list of those that are known to fail.

    compare.py SUITE REPORT LEAST
    compare.py SUITE REPORT unexpected

Ends with status 1 when a test failed that is not on the list, when one on the list did not fail (but for those whose reason
begins with "sometimes:"), or when fewer than LEAST tests passed. So the list can only shrink, and a suite that did not run is noticed. Of a test that ran again the last
outcome counts. The second form prints the tests that failed and are not on the list.
"""
import collections
import pathlib
import sys

suite, report, least = sys.argv[1:4]

known = {}
for line in pathlib.Path(__file__).with_name("known-failures").read_text().splitlines():
    if line and not line.startswith("#"):
        where, test, reason = line.split(maxsplit=2)
        if where == suite:
            known[test] = reason

last = {}
for line in pathlib.Path(report).read_text().splitlines():
    outcome, test = line.split(maxsplit=1)
    last[test] = outcome
outcomes = collections.defaultdict(set)
for test, outcome in last.items():
    outcomes[outcome].add(test)

if least == "unexpected":
    print(*sorted(outcomes["failed"] - known.keys()), sep="\n")
    sys.exit()

wrong = False
for test in sorted(outcomes["failed"]):
    if test in known:
        print(f"known {suite}: {test}: {known[test]}")
    else:
        print(f"FAILED {suite}: {test}")
        wrong = True
for test in sorted(known.keys() - outcomes["failed"]):
    if known[test].startswith("sometimes:"):
        continue
    print(f"FAILED {suite}: {test} does not fail: strike it off the list")
    wrong = True
for test in sorted(outcomes["skipped"]):
    print(f"skipped {suite}: {test}")
if len(outcomes["passed"]) < int(least):
    print(f"FAILED {suite}: {len(outcomes['passed'])} tests passed, fewer than {least}")
    wrong = True
print(f"{'FAILED' if wrong else 'ok'} {suite}: " + ", ".join(f"{len(outcomes[o])} {o}" for o in ("passed", "failed", "skipped")))
sys.exit(wrong)
