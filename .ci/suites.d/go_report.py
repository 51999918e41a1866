"""Makes of what `go test -json` says one line for each test: an outcome (passed, failed, skipped) and its name."""
import json
import sys

outcomes = {"pass": "passed", "fail": "failed", "skip": "skipped"}
running = set()
for line in sys.stdin:
    try:
        event = json.loads(line)
    except ValueError:
        continue
    test, action = event.get("Test"), event["Action"]
    if not test:
        continue
    if action == "run":
        running.add(test)
    elif action in outcomes:
        running.discard(test)
        print(outcomes[action], test)
for test in sorted(running):  # the run was cut short
    print("failed", test)
