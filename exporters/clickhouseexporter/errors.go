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

// Exception codes of ClickHouse that the exporter knows by name. Retryable
// are those that pass by themselves or when an operator mends the server;
// the data waits so long as the retry settings allow.
var codes = map[int]struct {
	name  string
	retry bool
}{
	16:  {"NO_SUCH_COLUMN_IN_TABLE", false},
	27:  {"CANNOT_PARSE_INPUT_ASSERTION_FAILED", false},
	33:  {"CANNOT_READ_ALL_DATA", false},
	47:  {"UNKNOWN_IDENTIFIER", false},
	53:  {"TYPE_MISMATCH", false},
	60:  {"UNKNOWN_TABLE", true},
	62:  {"SYNTAX_ERROR", false},
	81:  {"UNKNOWN_DATABASE", true},
	159: {"TIMEOUT_EXCEEDED", true},
	160: {"TOO_SLOW", true},
	164: {"READONLY", false},
	192: {"UNKNOWN_USER", true},
	193: {"WRONG_PASSWORD", true},
	194: {"REQUIRED_PASSWORD", true},
	201: {"QUOTA_EXCEEDED", true},
	202: {"TOO_MANY_SIMULTANEOUS_QUERIES", true},
	203: {"NO_FREE_CONNECTION", true},
	209: {"SOCKET_TIMEOUT", true},
	210: {"NETWORK_ERROR", true},
	236: {"ABORTED", true},
	241: {"MEMORY_LIMIT_EXCEEDED", true},
	242: {"TABLE_IS_READ_ONLY", true},
	243: {"NOT_ENOUGH_SPACE", true},
	252: {"TOO_MANY_PARTS", true},
	279: {"ALL_CONNECTION_TRIES_FAILED", true},
	285: {"TOO_FEW_LIVE_REPLICAS", true},
	319: {"UNKNOWN_STATUS_OF_INSERT", true},
	394: {"QUERY_WAS_CANCELLED", true},
	425: {"SYSTEM_ERROR", true},
	439: {"CANNOT_SCHEDULE_TASK", true},
	497: {"ACCESS_DENIED", true},
	516: {"AUTHENTICATION_FAILED", true},
	692: {"TOO_MANY_MUTATIONS", true},
	999: {"KEEPER_EXCEPTION", true},
}

func codeName(code int) string {
	if c, ok := codes[code]; ok {
		return c.name
	}
	return "see the list of ClickHouse's error codes"
}

// retryable tells whether the same insert may succeed later. Without a code
// it is the HTTP status that decides; an unknown code is a refusal.
func (e *serverError) retryable() bool {
	if e.code != 0 {
		return codes[e.code].retry
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
	return !se.retryable() || (se.code == 0 && (se.status == http.StatusUnauthorized || se.status == http.StatusForbidden))
}
