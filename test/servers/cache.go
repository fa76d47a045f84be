package servers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// CacheDir returns the directory that keeps what was downloaded or built for
// the servers: "weir" inside the user's cache directory (XDG_CACHE_HOME is
// honoured). It is created when absent.
func CacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache directory: %w", err)
	}
	dir := filepath.Join(base, "weir")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("create the cache directory: %w", err)
	}
	return dir, nil
}

// Progress writes one line on standard error about slow work, so that nobody
// takes a download for a hang.
func Progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "servers: "+format+"\n", args...)
}

// Setup makes the directory <cache>/<name> exist with the result of fn in it
// and returns its path. fn gets an empty scratch directory beside it, which is
// renamed to the final name only after fn succeeded: a killed set-up leaves
// nothing half done. Processes that call Setup at the same time wait for each
// other on a lock file, so the work is done once. Put the version into name:
// a directory that exists is taken as it is.
func Setup(ctx context.Context, name string, fn func(ctx context.Context, dir string) error) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, name)
	if isDir(dir) {
		return dir, nil
	}
	unlock, err := lock(ctx, dir+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if isDir(dir) { // another process was faster
		return dir, nil
	}
	// What a killed process left; nobody else works on it while we hold the lock.
	if old, err := filepath.Glob(dir + ".part-*"); err == nil {
		for _, path := range old {
			_ = os.RemoveAll(path)
		}
	}
	scratch, err := os.MkdirTemp(cache, name+".part-")
	if err != nil {
		return "", fmt.Errorf("create a scratch directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if err := fn(ctx, scratch); err != nil {
		return "", fmt.Errorf("set up %s: %w", name, err)
	}
	if err := os.Rename(scratch, dir); err != nil {
		return "", fmt.Errorf("keep %s in the cache: %w", name, err)
	}
	return dir, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// lock takes an exclusive lock on path, which the kernel gives back when the
// process dies. It polls, since a blocked flock can't be cancelled.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock file: %w", err)
	}
	said := false
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !said {
			Progress("waiting for another process that holds %s", filepath.Base(path))
			said = true
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("wait for the lock %s: %w", filepath.Base(path), ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
