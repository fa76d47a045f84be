package lastgoodprovider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// envCandidates holds, in a validating child, which files stand in for others,
// as JSON. The child gets the very texts that will be served, in private files,
// so that what is written meanwhile can't slip in.
const envCandidates = "WEIR_VALIDATE_CANDIDATES"

// validateTimeout is generous: the child only reads and checks, but shares a
// machine that may be busy.
const validateTimeout = 60 * time.Second

func validating() bool { return os.Getenv(envCandidates) != "" }

func candidateOf(file string) string {
	var m map[string]string
	if json.Unmarshal([]byte(os.Getenv(envCandidates)), &m) != nil {
		return ""
	}
	return m[file]
}

// refusal is the end of a child that found the configuration broken.
type refusal struct {
	err error    // how the child ended, nothing of what it printed
	at  []string // places that it named
}

func (r *refusal) Error() string { return "validate: " + r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// validateSelf runs this executable's validate with the arguments of this process.
func validateSelf(ctx context.Context, candidates texts) error {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		return errors.New("not started as a collector")
	}
	exe, err := os.Executable()
	if err != nil {
		return errors.New("own executable not found")
	}
	dir, err := os.MkdirTemp("", "weir-validate-") // mode 0700
	if err != nil {
		return errors.New("no private directory for validation")
	}
	defer os.RemoveAll(dir)
	index, err := writeAll(dir, candidates)
	if err != nil {
		return errors.New("no private file for validation")
	}
	ctx, cancel := context.WithTimeout(ctx, validateTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, append([]string{"validate"}, os.Args[1:]...)...) // #nosec G204 -- its own executable, with the arguments it was started with
	cmd.Env = append(os.Environ(), envCandidates+"="+index)
	cmd.WaitDelay = time.Second
	var out head
	cmd.Stdout, cmd.Stderr = &out, &out
	if err = cmd.Run(); err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.New("not finished in " + validateTimeout.String())
	}
	return &refusal{err, places(out.text, candidates)}
}

// writeAll returns the content of envCandidates.
func writeAll(dir string, candidates texts) (string, error) {
	index := make(map[string]string, len(candidates))
	for file, text := range candidates {
		c := filepath.Join(dir, strconv.Itoa(len(index))+".yaml")
		if err := os.WriteFile(c, text, 0o600); err != nil {
			return "", fmt.Errorf("write candidate: %w", err)
		}
		index[file] = c
	}
	b, err := json.Marshal(index)
	return string(b), err
}
