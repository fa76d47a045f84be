package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Package is a program that comes in a Debian package.
type Package struct {
	// Name of the package, for example "prometheus".
	Name string
	// Binary is its path inside the package, for example "usr/bin/prometheus".
	Binary string
	// VersionArgs make the binary print its version.
	VersionArgs []string
	// Versions are accepted prefixes of the package's upstream version.
	Versions []string
}

// Find returns the path of the package's binary: the one in PATH when its
// version is accepted, else the one in the cache, else it is downloaded into
// the cache with apt-get and dpkg-deb, without root. The error says what to
// install when none of that works.
func (p Package) Find(ctx context.Context) (string, error) {
	if path, err := exec.LookPath(filepath.Base(p.Binary)); err == nil && p.check(ctx, path) == nil {
		return path, nil
	}
	dir, err := Setup(ctx, p.Name+"-"+p.Versions[0]+"-"+runtime.GOARCH, p.download)
	if err == nil {
		path := filepath.Join(dir, filepath.FromSlash(p.Binary))
		if err = p.check(ctx, path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s %s can't be had; install it with: sudo apt-get install --no-install-recommends %s: %w",
		p.Name, strings.Join(p.Versions, " or "), p.Name, err)
}

// check asks the binary at path for its version. Debian builds victoria-metrics
// without one; then the version of the installed package decides.
func (p Package) check(ctx context.Context, path string) error {
	out, err := exec.CommandContext(ctx, path, p.VersionArgs...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ask %s for its version: %w", p.Name, err)
	}
	if len(strings.TrimSpace(string(out))) == 0 {
		// Ours in the cache carries the version of its package beside it.
		stamp := strings.TrimSuffix(path, filepath.FromSlash(p.Binary)) + versionFile
		if out, err = os.ReadFile(stamp); err != nil {
			out, err = exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "version ${Version}", p.Name).Output()
		}
		if err != nil {
			return fmt.Errorf("find the version of %s: %w", p.Name, err)
		}
	}
	for _, v := range p.Versions {
		// "version 2.42", or upstream's "victoria-metrics-…-tags-v1.79.5-…".
		if strings.Contains(string(out), "version "+v) || strings.Contains(string(out), "-v"+v) {
			return nil
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return fmt.Errorf("%s has another version: %q", p.Name, line)
}

// versionFile keeps the package's version beside the unpacked files.
const versionFile = "package-version"

// download fetches the package and unpacks it into dir. apt verifies the
// package's digest against its signed lists.
func (p Package) download(ctx context.Context, dir string) error {
	deb, err := os.MkdirTemp("", "weir-deb-")
	if err != nil {
		return fmt.Errorf("create a download directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(deb) }()
	Progress("downloading %s (once, into the cache)", p.Name)
	if err := run(ctx, deb, "apt-get", "download", p.Name); err != nil {
		// No package lists on this machine, or old ones: use our own.
		args, perr := privateAptState(deb)
		if perr != nil {
			return perr
		}
		Progress("reading package lists for %s", p.Name)
		if uerr := run(ctx, deb, "apt-get", append(args, "update")...); uerr != nil {
			return errors.Join(err, uerr)
		}
		if err = run(ctx, deb, "apt-get", append(args, "download", p.Name)...); err != nil {
			return err
		}
	}
	debs, err := filepath.Glob(filepath.Join(deb, p.Name+"_*.deb"))
	if err != nil || len(debs) != 1 {
		return fmt.Errorf("apt-get download left %d packages, want 1", len(debs))
	}
	Progress("unpacking %s", filepath.Base(debs[0]))
	if err := run(ctx, deb, "dpkg-deb", "-x", debs[0], dir); err != nil {
		return err
	}
	version, err := exec.CommandContext(ctx, "dpkg-deb", "-f", debs[0], "Version").Output()
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", p.Name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, versionFile), append([]byte("version "), version...), 0o600); err != nil {
		return fmt.Errorf("keep the version of %s: %w", p.Name, err)
	}
	return p.check(ctx, filepath.Join(dir, filepath.FromSlash(p.Binary)))
}

// privateAptState returns options that make apt keep lists and caches below
// dir, so that it needs no root.
func privateAptState(dir string) ([]string, error) {
	state := filepath.Join(dir, "apt")
	for _, sub := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(state, sub), 0o750); err != nil {
			return nil, fmt.Errorf("create a private apt directory: %w", err)
		}
	}
	return []string{
		"-o", "Dir::State::lists=" + filepath.Join(state, "lists"),
		"-o", "Dir::Cache=" + filepath.Join(state, "cache"),
		// Root's apt would switch to a user that can't enter dir.
		"-o", "APT::Sandbox::User=",
	}, nil
}

func run(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		tail := strings.TrimSpace(string(out))
		if len(tail) > 500 {
			tail = tail[len(tail)-500:]
		}
		return fmt.Errorf("%s %s: %w: %s", name, args[len(args)-1], err, tail)
	}
	return nil
}
