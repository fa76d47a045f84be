package main

import (
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// engine is the one connection to libchdb. Its methods are safe for
// concurrent use; statements run one after another.
type engine struct {
	mu   sync.Mutex
	conn *uintptr // chdb_connection*, owned by the library

	query   func(conn uintptr, q unsafe.Pointer, qLen uintptr, format unsafe.Pointer, formatLen uintptr) uintptr
	destroy func(result uintptr)
	buffer  func(result uintptr) *byte
	length  func(result uintptr) uintptr
	failure func(result uintptr) string
	closeDB func(conn *uintptr)
}

// exception is ClickHouse's own error.
type exception struct {
	code int
	text string
}

func (e *exception) Error() string { return e.text }

func openEngine(lib, data string) (*engine, error) {
	h, err := purego.Dlopen(lib, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("load the library: %w", err)
	}
	e := &engine{}
	var connect func(argc int32, argv unsafe.Pointer) *uintptr
	purego.RegisterLibFunc(&connect, h, "chdb_connect")
	purego.RegisterLibFunc(&e.query, h, "chdb_query_n")
	purego.RegisterLibFunc(&e.destroy, h, "chdb_destroy_query_result")
	purego.RegisterLibFunc(&e.buffer, h, "chdb_result_buffer")
	purego.RegisterLibFunc(&e.length, h, "chdb_result_length")
	purego.RegisterLibFunc(&e.failure, h, "chdb_result_error")
	purego.RegisterLibFunc(&e.closeDB, h, "chdb_close_conn")

	args := [][]byte{[]byte("clickhouse\x00"), []byte("--path=" + data + "\x00")}
	argv := []unsafe.Pointer{unsafe.Pointer(&args[0][0]), unsafe.Pointer(&args[1][0]), nil}
	e.conn = connect(2, unsafe.Pointer(&argv[0]))
	if e.conn == nil || *e.conn == 0 {
		return nil, fmt.Errorf("open the data directory %s", data)
	}
	return e, nil
}

func (e *engine) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closeDB(e.conn)
}

// session runs fn with the engine to itself.
func (e *engine) session(fn func(exec func(query []byte, format string) ([]byte, error)) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return fn(e.exec)
}

// exec runs one statement, inline data included, and copies its result.
func (e *engine) exec(query []byte, format string) ([]byte, error) {
	f := []byte(format)
	r := e.query(*e.conn, unsafe.Pointer(unsafe.SliceData(query)), uintptr(len(query)),
		unsafe.Pointer(unsafe.SliceData(f)), uintptr(len(f)))
	if r == 0 {
		return nil, &exception{text: "no result"}
	}
	defer e.destroy(r)
	if text := e.failure(r); text != "" {
		return nil, newException(text)
	}
	n := e.length(r)
	if n == 0 {
		return nil, nil
	}
	return append([]byte(nil), unsafe.Slice(e.buffer(r), n)...), nil
}

var codeInText = regexp.MustCompile(`Code: (\d+)\. DB::`)

func newException(text string) *exception {
	e := &exception{text: text}
	if m := codeInText.FindStringSubmatch(text); m != nil {
		e.code, _ = strconv.Atoi(m[1])
	}
	return e
}
