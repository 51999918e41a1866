package sdk

import "strconv"

// Code is the outcome of an operation as ZooKeeper numbers it (KeeperException.Code). Zero is success. A Code
// is a value that travels in replies; it is also an error, so that callers may return and compare it with
// errors.Is.
type Code int32

// The codes Grove gives. The list is only appended to: the numbers cross the wire and the log.
const (
	OK                          Code = 0
	CodeSystemError             Code = -1
	CodeRuntimeInconsistency    Code = -2
	CodeConnectionLoss          Code = -4
	CodeMarshallingError        Code = -5
	CodeUnimplemented           Code = -6
	CodeOperationTimeout        Code = -7
	CodeBadArguments            Code = -8
	CodeNewConfigNoQuorum       Code = -13
	CodeReconfigInProgress      Code = -14
	CodeNoNode                  Code = -101
	CodeNoAuth                  Code = -102
	CodeBadVersion              Code = -103
	CodeNoChildrenForEphemerals Code = -108
	CodeNodeExists              Code = -110
	CodeNotEmpty                Code = -111
	CodeSessionExpired          Code = -112
	CodeInvalidACL              Code = -114
	CodeAuthFailed              Code = -115
	CodeNotReadOnly             Code = -119
	CodeNoWatcher               Code = -121
	CodeReconfigDisabled        Code = -123
	CodeAuthRequired            Code = -124
	CodeQuotaExceeded           Code = -125
)

var codeNames = map[Code]string{
	OK:                          "ok",
	CodeSystemError:             "system error",
	CodeRuntimeInconsistency:    "rolled back",
	CodeConnectionLoss:          "connection loss",
	CodeMarshallingError:        "request cannot be decoded",
	CodeUnimplemented:           "operation is not implemented",
	CodeOperationTimeout:        "operation timed out",
	CodeBadArguments:            "bad arguments",
	CodeNewConfigNoQuorum:       "too few of the new members are up to date",
	CodeReconfigInProgress:      "another reconfiguration is under way",
	CodeNoNode:                  "node does not exist",
	CodeNoAuth:                  "not authorized",
	CodeBadVersion:              "version does not match",
	CodeNoChildrenForEphemerals: "ephemeral nodes have no children",
	CodeNodeExists:              "node already exists",
	CodeNotEmpty:                "node has children",
	CodeSessionExpired:          "session expired",
	CodeInvalidACL:              "invalid ACL",
	CodeAuthFailed:              "authentication failed",
	CodeNotReadOnly:             "server is read-only",
	CodeNoWatcher:               "no such watch",
	CodeReconfigDisabled:        "reconfiguration is disabled",
	CodeAuthRequired:            "the server asks for a login first",
	CodeQuotaExceeded:           "quota exceeded",
}

// Error says the code in words a user can read.
func (c Code) Error() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return "error " + strconv.Itoa(int(c))
}

// Err returns nil for OK and the code itself otherwise.
func (c Code) Err() error {
	if c == OK {
		return nil
	}
	return c
}
