// Command clickhouse-engine serves libchdb, ClickHouse as a library, by the
// HTTP interface of the ClickHouse server on a loopback port. It is for tests
// and the demo; see test/servers/clickhouse for what it leaves out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	lib := flag.String("library", "", "path of libchdb.so")
	listen := flag.String("listen", "127.0.0.1:8123", "loopback address to serve on")
	data := flag.String("data", "", "data directory, one process at a time")
	flag.Parse()
	if err := run(*lib, *listen, *data); err != nil {
		log.Fatal("clickhouse-engine: ", err)
	}
}

func run(lib, listen, data string) error {
	addr, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if !addr.IP.IsLoopback() {
		return errors.New("-listen: only a loopback address is served")
	}
	e, err := openEngine(lib, data)
	if err != nil {
		return err
	}
	defer e.close()
	scratch, err := makeScratch(data)
	if err != nil {
		return err
	}
	f := &front{engine: e, scratch: scratch, user: os.Getenv("CLICKHOUSE_ENGINE_USER"), password: os.Getenv("CLICKHOUSE_ENGINE_PASSWORD")}
	srv := &http.Server{Addr: listen, Handler: f, ReadHeaderTimeout: 10 * time.Second}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		shutdown, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = srv.Shutdown(shutdown)
	}()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// makeScratch makes an empty directory within the data directory, so that
// whoever searches or removes the data meets all that was kept. The engine
// has the data directory locked by now: what lies there is of a killed one.
func makeScratch(data string) (string, error) {
	dir, err := filepath.Abs(filepath.Join(data, "front-scratch"))
	if err != nil {
		return "", fmt.Errorf("scratch directory: %w", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("scratch directory: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("scratch directory: %w", err)
	}
	return dir, nil
}
