package main

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
)

// failing is a receiver that reports a fatal error once it runs.
type failing struct{ component.ShutdownFunc }

func (failing) Start(_ context.Context, host component.Host) error {
	go componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(errors.New("lost jane.roe@example.org")))
	return nil
}

func newFailing() receiver.Factory {
	return receiver.NewFactory(component.MustNewType("failing"), func() component.Config { return &struct{}{} },
		receiver.WithLogs(func(context.Context, receiver.Settings, component.Config, consumer.Logs) (receiver.Logs, error) {
			return failing{}, nil
		}, component.StabilityLevelDevelopment))
}
