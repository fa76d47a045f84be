package clickhouseexporter

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// serverError is an answer that is not 200, reduced to its numbers: the
// texts of ClickHouse repeat values of rows and parts of statements.
type serverError struct {
	status int // HTTP status
	code   int // ClickHouse exception code; 0: none was given
}

func (e *serverError) Error() string {
	if e.code == 0 {
		return fmt.Sprintf("clickhouse answered HTTP status %d", e.status)
	}
	return fmt.Sprintf("clickhouse answered exception code %d (%s), HTTP status %d", e.code, codeName(e.code), e.status)
}

// label is the outcome as a metric attribute.
func (e *serverError) label() string {
	if e.code == 0 {
		return "http_" + strconv.Itoa(e.status)
	}
	return "clickhouse_" + strconv.Itoa(e.code)
}

// What becomes of an insert that ClickHouse answers with a code.
type fate uint8

const (
	mended fate = iota // succeeds when an operator mends the server: it waits
	passes             // succeeds by itself some time later
	data               // never succeeds: the block itself is refused
)

// Exception codes of ClickHouse that the exporter knows by name. An unknown one
// may be mended: what was accepted is not given up for want of knowledge.
var codes = map[int]struct {
	name string
	fate fate
}{
	6:   {"CANNOT_PARSE_TEXT", data},
	16:  {"NO_SUCH_COLUMN_IN_TABLE", mended},
	27:  {"CANNOT_PARSE_INPUT_ASSERTION_FAILED", data},
	33:  {"CANNOT_READ_ALL_DATA", data},
	38:  {"CANNOT_PARSE_DATE", data},
	41:  {"CANNOT_PARSE_DATETIME", data},
	47:  {"UNKNOWN_IDENTIFIER", mended},
	53:  {"TYPE_MISMATCH", data},
	60:  {"UNKNOWN_TABLE", passes},
	62:  {"SYNTAX_ERROR", data},
	81:  {"UNKNOWN_DATABASE", passes},
	117: {"INCORRECT_DATA", data},
	131: {"TOO_LARGE_STRING_SIZE", data},
	159: {"TIMEOUT_EXCEEDED", passes},
	160: {"TOO_SLOW", passes},
	164: {"READONLY", mended},
	192: {"UNKNOWN_USER", passes},
	193: {"WRONG_PASSWORD", passes},
	194: {"REQUIRED_PASSWORD", passes},
	201: {"QUOTA_EXCEEDED", passes},
	202: {"TOO_MANY_SIMULTANEOUS_QUERIES", passes},
	203: {"NO_FREE_CONNECTION", passes},
	209: {"SOCKET_TIMEOUT", passes},
	210: {"NETWORK_ERROR", passes},
	236: {"ABORTED", passes},
	241: {"MEMORY_LIMIT_EXCEEDED", passes},
	242: {"TABLE_IS_READ_ONLY", passes},
	243: {"NOT_ENOUGH_SPACE", passes},
	252: {"TOO_MANY_PARTS", passes},
	271: {"CANNOT_DECOMPRESS", data},
	279: {"ALL_CONNECTION_TRIES_FAILED", passes},
	285: {"TOO_FEW_LIVE_REPLICAS", passes},
	319: {"UNKNOWN_STATUS_OF_INSERT", passes},
	349: {"CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN", data},
	394: {"QUERY_WAS_CANCELLED", passes},
	425: {"SYSTEM_ERROR", passes},
	439: {"CANNOT_SCHEDULE_TASK", passes},
	497: {"ACCESS_DENIED", passes},
	516: {"AUTHENTICATION_FAILED", passes},
	692: {"TOO_MANY_MUTATIONS", passes},
	999: {"KEEPER_EXCEPTION", passes},
}

func codeName(code int) string {
	if c, ok := codes[code]; ok {
		return c.name
	}
	return "see the list of ClickHouse's error codes"
}

// retryable tells whether the same insert may succeed later. Without a code
// it is the HTTP status that decides.
func (e *serverError) retryable() bool {
	if e.code != 0 {
		return codes[e.code].fate != data
	}
	switch e.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	default:
		return e.status >= http.StatusInternalServerError
	}
}

// refused tells that the server did answer and won't let this user in or
// won't take the schema: reasons to fail at start rather than to wait.
func refused(err error) bool {
	var se *serverError
	if !errors.As(err, &se) {
		return false
	}
	switch se.code {
	case 192, 193, 194, 497, 516:
		return true
	}
	if se.code != 0 {
		return codes[se.code].fate != passes
	}
	return !se.retryable() || se.status == http.StatusUnauthorized || se.status == http.StatusForbidden
}
