package clickhouse

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/weir-telemetry/weir/test/servers"
)

const (
	packageName    = "@chdb/lib-linux-x64-gnu"
	packageVersion = "26.7.3-stable.1" // engine 26.7.2.1
	packageSHA256  = "c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad"
	libraryFile    = "libchdb.so"
)

// library returns the path of libchdb.so, downloaded when it is not there yet.
func library(ctx context.Context) (string, error) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return "", errors.New("the ClickHouse engine is packaged for linux/amd64 only")
	}
	dir, err := servers.Setup(ctx, "chdb-"+packageVersion, download)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, libraryFile), nil
}

func download(ctx context.Context, dir string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is missing: install it (Debian, Ubuntu: apt-get install npm)")
	}
	servers.Progress("downloading the ClickHouse engine %s %s by npm, 178 MB, 570 MB unpacked, once", packageName, packageVersion)
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, npm, "pack", "--silent", packageName+"@"+packageVersion, "--pack-destination", dir)
	cmd.Dir, cmd.Stderr = dir, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm pack %s@%s: %w\n%s", packageName, packageVersion, err, stderr.Bytes())
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return errors.New("npm pack left no archive")
	}
	if err := checkDigest(found[0]); err != nil {
		return err
	}
	if err := unpack(found[0], filepath.Join(dir, libraryFile)); err != nil {
		return err
	}
	return os.Remove(found[0])
}

func checkDigest(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != packageSHA256 {
		return fmt.Errorf("the archive of %s has sha256 %s, want %s", packageName, got, packageSHA256)
	}
	return nil
}

// unpack writes the library of the archive, whose digest was checked, to path.
func unpack(archive, path string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			return fmt.Errorf("unpack %s: %w", libraryFile, err)
		}
		if filepath.Base(h.Name) != libraryFile {
			continue
		}
		out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, r)
		return errors.Join(err, out.Close())
	}
}
