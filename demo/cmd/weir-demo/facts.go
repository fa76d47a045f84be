package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/weir-telemetry/weir/demo/report"
	"github.com/weir-telemetry/weir/demo/wiretap"
)

// facts is what the demo has of the way from facts to the page: the tap on the
// uplink, and the key to the backend's API.
type facts struct {
	tap  *wiretap.Tap
	at   place
	page string // address of the page, with a token that logs in once
	api  string
	key  string
}

// openFacts begins to listen between the uplink's exporter and its receiver,
// and writes the secrets of this run where nobody searches.
func openFacts(at place, p ports) (*facts, error) {
	for name, content := range map[string]string{
		"salt":     "the demo has a salt of its own, known to all",
		"password": strconv.FormatInt(time.Now().UnixNano(), 36) + "-nobody-needs-it",
	} {
		if err := os.WriteFile(filepath.Join(at.input, name), []byte(content), 0o600); err != nil {
			return nil, fmt.Errorf("write a secret: %w", err)
		}
	}
	wire := filepath.Join(at.kept, "wire")
	if err := os.MkdirAll(wire, 0o700); err != nil {
		return nil, fmt.Errorf("make a run directory: %w", err)
	}
	tap, err := wiretap.Start(wire, "127.0.0.1:"+strconv.Itoa(p.uplink))
	if err != nil {
		return nil, err
	}
	return &facts{tap: tap, at: at, api: "http://127.0.0.1:" + strconv.Itoa(p.console) + "/api/v1"}, nil
}

func (f *facts) env() []string { return []string{"WEIR_DEMO_TAP=" + f.tap.Address()} }

// login reads what weir-local wrote at its start.
func (f *facts) login() error {
	page, err := os.ReadFile(filepath.Join(f.at.input, "page"))
	if err != nil {
		return fmt.Errorf("read the page's address: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(f.at.input, "key"))
	if err != nil {
		return fmt.Errorf("read the project's key: %w", err)
	}
	f.page, f.key = strings.TrimSpace(string(page)), strings.TrimSpace(string(key))
	return nil
}

// symptoms are all that the backend knows of.
func (f *facts) symptoms(ctx context.Context) ([]report.Symptom, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.api+"/projects/default/symptoms?state=all", nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+f.key)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for symptoms: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for symptoms: status %d", resp.StatusCode)
	}
	var answer struct {
		Symptoms []report.Symptom `json:"symptoms"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the symptoms: %w", err)
	}
	return answer.Symptoms, nil
}

// verify holds the ledger against its hash chain, as an auditor would.
func (f *facts) verify(weir string) error {
	weir, err := filepath.Abs(weir)
	if err != nil {
		return err
	}
	out, err := exec.Command(weir, "ledger", "verify", "--dir", filepath.Join(f.at.kept, "ledger")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("the ledger does not verify: %w\n%s", err, out)
	}
	return nil
}

// close ends the tap, whose files are searched afterwards.
func (f *facts) close() error {
	messages, err := f.tap.Close()
	if err == nil && messages == 0 {
		err = errors.New("nothing went over the uplink")
	}
	return err
}
