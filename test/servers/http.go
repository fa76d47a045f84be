package servers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// HTTPReady returns a Spec.Ready that waits for status 200 at path.
func HTTPReady(path string) func(ctx context.Context, addr string) error {
	// Keep-alives off: an idle connection would count as a leaked goroutine in
	// the tests that start servers.
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	return func(ctx context.Context, addr string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, http.NoBody)
		if err != nil {
			return fmt.Errorf("make the readiness request: %w", err)
		}
		resp, err := client.Do(req)
		if err != nil {
			return fmt.Errorf("ask for readiness: %w", err)
		}
		defer func() { _ = resp.Body.Close() }()
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("readiness status %d", resp.StatusCode)
		}
		return nil
	}
}
