package main

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
)

const (
	authenticationFailed = 516
	maxBody              = 1 << 30
)

// front answers as ClickHouse's HTTP interface does.
type front struct {
	engine         *engine
	scratch        string // directory for rows on their way into the engine
	user, password string // empty user: everybody may
}

// ownParams are parameters of the interface; the others are settings.
var ownParams = map[string]bool{
	"query": true, "database": true, "default_format": true, "user": true, "password": true,
	"compress": true, "decompress": true, "query_id": true, "session_id": true,
	"session_timeout": true, "session_check": true, "client_protocol_version": true,
	"quota_key": true, "role": true, "wait_end_of_query": true, "buffer_size": true,
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ping" || (r.URL.Path == "/" && r.Method == http.MethodGet && r.URL.RawQuery == "") {
		_, _ = io.WriteString(w, "Ok.\n")
		return
	}
	q := r.URL.Query()
	if !f.allowed(r, q) {
		fail(w, &exception{authenticationFailed, "Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)"})
		return
	}
	statement, rows, err := readStatement(r, q)
	if err != nil {
		fail(w, err)
		return
	}
	format := first(r.Header.Get("X-ClickHouse-Format"), q.Get("default_format"), "TabSeparated")
	result, err := f.run(q, first(r.Header.Get("X-ClickHouse-Database"), q.Get("database"), "default"), statement, rows, format)
	if err != nil {
		fail(w, err)
		return
	}
	if format == "Native" && q.Has("client_protocol_version") {
		version, err := strconv.Atoi(q.Get("client_protocol_version"))
		if err == nil {
			result, err = nativeFor(version, result)
		}
		if err != nil {
			fail(w, err)
			return
		}
	}
	if q.Get("compress") == "1" && len(result) > 0 {
		c := compress.NewWriter(compress.LevelZero, compress.LZ4)
		if err := c.Compress(result); err != nil {
			fail(w, err)
			return
		}
		result = c.Data
	}
	w.Header().Set("X-ClickHouse-Format", format)
	_, _ = w.Write(result)
}

func (f *front) allowed(r *http.Request, q url.Values) bool {
	if f.user == "" {
		return true
	}
	user, password := r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
	if u, p, ok := r.BasicAuth(); ok {
		user, password = u, p
	} else if q.Has("user") {
		user, password = q.Get("user"), q.Get("password")
	}
	return subtle.ConstantTimeCompare([]byte(user), []byte(f.user)) == 1 &&
		subtle.ConstantTimeCompare([]byte(password), []byte(f.password)) == 1
}

// readStatement returns the statement and the rows that follow an INSERT. The
// statement is the query parameter, or the begin of the body, or both.
func readStatement(r *http.Request, q url.Values) (statement, rows []byte, err error) {
	var body io.Reader = http.MaxBytesReader(nil, r.Body, maxBody)
	if q.Get("decompress") == "1" {
		body = compress.NewReader(body)
	}
	data, err := io.ReadAll(body)
	// The frame reader wraps the end of its input; an end within a frame is
	// io.ErrUnexpectedEOF, another error.
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read body: %w", err)
	}
	query := q.Get("query")
	if insertAlone.MatchString(query) {
		return []byte(query), data, nil
	}
	if query != "" {
		data = append([]byte(query+"\n"), data...)
	}
	if m := insertHead.FindIndex(data); m != nil {
		return data[:m[1]], data[m[1]:], nil
	}
	return data, nil, nil
}

var (
	insertAlone = regexp.MustCompile(`(?is)^\s*INSERT\s+INTO\s.*\sFORMAT\s+\w+\s*$`)
	insertHead  = regexp.MustCompile(`(?i)^\s*INSERT\s+INTO\s[^\n]*?\sFORMAT\s+\w+[ \t]*\n`)
)

var settingName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// run sets the settings for one statement and takes them back after it.
func (f *front) run(q url.Values, database string, statement, rows []byte, format string) (result []byte, err error) {
	err = f.engine.session(func(exec func([]byte, string) ([]byte, error)) error {
		if _, err := exec([]byte("USE `"+strings.ReplaceAll(database, "`", "``")+"`"), "TabSeparated"); err != nil {
			return err
		}
		for name, values := range q {
			if ownParams[name] || strings.HasPrefix(name, "param_") {
				continue
			}
			if !settingName.MatchString(name) {
				return &exception{115, "Code: 115. DB::Exception: Unknown setting. (UNKNOWN_SETTING)"}
			}
			value := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(values[0])
			if _, err := exec([]byte("SET "+name+" = '"+value+"'"), "TabSeparated"); err != nil {
				return err
			}
			defer func() { _, _ = exec([]byte("SET "+name+" = DEFAULT"), "TabSeparated") }()
		}
		statement, release, err := outsource(statement, rows, f.scratch)
		if err != nil {
			return err
		}
		defer release()
		result, err = exec(statement, format)
		return err
	})
	return result, err
}

// formatAtEnd is the FORMAT clause that ends an INSERT.
var formatAtEnd = regexp.MustCompile(`(?i)\sFORMAT\s+\w+\s*$`)

// outsource puts the rows that follow an INSERT into a file that the library
// reads: it cuts rows within the statement off after 256 KiB.
func outsource(statement, rows []byte, dir string) (out []byte, release func(), err error) {
	m := formatAtEnd.FindIndex(statement)
	if len(rows) == 0 || m == nil {
		return statement, func() {}, nil
	}
	f, err := os.CreateTemp(dir, "rows-")
	if err != nil {
		return nil, nil, fmt.Errorf("keep rows: %w", err)
	}
	release = func() { _ = os.Remove(f.Name()) }
	_, err = f.Write(rows)
	if err = errors.Join(err, f.Close()); err != nil {
		release()
		return nil, nil, fmt.Errorf("keep rows: %w", err)
	}
	return fmt.Appendf(nil, "%s FROM INFILE '%s' %s", statement[:m[0]], f.Name(), statement[m[0]:]), release, nil
}

// fail answers with the exception's code, text and the server's HTTP status.
func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var e *exception
	if errors.As(err, &e) && e.code != 0 {
		w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.code))
		status = statusOf(e.code)
	} else if !errors.As(err, &e) {
		status = http.StatusBadRequest
	}
	http.Error(w, string(bytes.TrimSpace([]byte(err.Error()))), status)
}

func statusOf(code int) int {
	switch code {
	case 194:
		return http.StatusUnauthorized
	case 192, 193, authenticationFailed:
		return http.StatusForbidden
	case 16, 27, 33, 38, 41, 43, 47, 53, 62, 72, 115:
		return http.StatusBadRequest
	case 46, 60, 81:
		return http.StatusNotFound
	case 209, 202:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
