package run

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/otelcol"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
)

// service runs the process under the service control manager, unless it was
// started by hand. The name is the manager's business.
func service(set otelcol.CollectorSettings) (handled bool, err error) {
	err = svc.Run("", otelcol.NewSvcHandler(set))
	if errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		return false, nil
	}
	if err != nil {
		return true, fmt.Errorf("run as a service: %w", err)
	}
	return true, nil
}
