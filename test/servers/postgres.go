package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Debian 12's; initdb stands beside it, both need the package's files below
// /usr/share, so that it can't be used from the cache.
var postgresVersions = []string{"17", "16", "15", "14"}

// postgresBin is where a Debian or Ubuntu package keeps its programs.
func postgresBin() (string, error) {
	for _, v := range postgresVersions {
		dir := filepath.Join("/usr/lib/postgresql", v, "bin")
		if isExecutable(filepath.Join(dir, "postgres")) && isExecutable(filepath.Join(dir, "initdb")) {
			return dir, nil
		}
	}
	return "", errors.New("PostgreSQL is missing; install it with: sudo apt-get install --no-install-recommends postgresql-15")
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// StartPostgres starts a PostgreSQL that trusts everybody on the loopback
// address; see PostgresDSN. The server refuses root: then it runs as the user
// nobody, who gets the data directory. The caller must Close it.
func StartPostgres(ctx context.Context, opts Options) (*Server, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	dataDir := opts.DataDir
	own := dataDir == ""
	if own {
		if dataDir, err = os.MkdirTemp("", "weir-postgres-"); err != nil {
			return nil, fmt.Errorf("create a data directory for postgres: %w", err)
		}
	}
	if err := initPostgres(ctx, bin, dataDir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dataDir))
	}
	s, err := Start(ctx, Spec{
		Name: "postgres", Path: "/usr/bin/env", DataDir: dataDir, StartTimeout: time.Minute,
		Args: func(port int, dataDir string) []string {
			return append(append(asNobody(), filepath.Join(bin, "postgres"),
				"-D", filepath.Join(dataDir, "data"), "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", "",
				"-c", "shared_buffers=32MB"), opts.Args...) // tests share the machine
		},
		Ready: postgresReady,
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dataDir))
	}
	s.ownData = own
	return s, nil
}

// PostgresDSN returns the address of a database of the server; "postgres" is
// always there.
func PostgresDSN(s *Server, database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User("postgres"), Host: s.Addr(), Path: database, RawQuery: "sslmode=disable"}).String()
}

// Postgres starts a PostgreSQL for a test; see Need and Attach.
func Postgres(tb testing.TB, opts Options) *Server {
	tb.Helper()
	_, err := postgresBin()
	Need(tb, err)
	s, err := StartPostgres(tb.Context(), opts)
	if err != nil {
		tb.Fatal(err)
	}
	Attach(tb, s)
	return s
}

// asNobody is what stands before a command so that root runs it as somebody
// else; env alone when we are somebody else already. setpriv keeps the process,
// and the signal at the parent's death is asked for again: a change of user
// takes it away.
func asNobody() []string {
	if os.Geteuid() != 0 {
		return nil
	}
	return []string{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL"}
}

// initPostgres makes the files of a server, unless they are there.
func initPostgres(ctx context.Context, bin, dataDir string) error {
	data := filepath.Join(dataDir, "data")
	if isDir(data) {
		return nil
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("create the data directory of postgres: %w", err)
	}
	if os.Geteuid() == 0 {
		if out, err := exec.CommandContext(ctx, "chown", "nobody:nogroup", dataDir, data).CombinedOutput(); err != nil {
			return fmt.Errorf("give the data directory to nobody: %w: %s", err, bytes.TrimSpace(out))
		}
	}
	args := append(asNobody(), filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := exec.CommandContext(ctx, "/usr/bin/env", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// postgresReady logs in: a server that starts up takes connections, and refuses
// logins.
func postgresReady(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgconn.Connect(ctx, "postgres://postgres@"+addr+"/postgres?sslmode=disable")
	if err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	return conn.Close(ctx)
}
