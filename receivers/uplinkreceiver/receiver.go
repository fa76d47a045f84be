package uplinkreceiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/configgrpc"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"google.golang.org/grpc"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
	"github.com/weir-telemetry/weir/receivers/uplinkreceiver/internal/metadata"
)

// stopTimeout is how long envelopes under way may still be finished when the
// receiver stops; their senders bring them again if not.
const stopTimeout = 5 * time.Second

// uplinkReceiver is the life cycle around the service.
type uplinkReceiver struct {
	cfg       *Config
	settings  receiver.Settings
	next      consumer.Logs
	telemetry *metadata.TelemetryBuilder

	service *service
	server  *grpc.Server
	addr    net.Addr
	serving sync.WaitGroup
}

func newReceiver(set receiver.Settings, cfg *Config, next consumer.Logs) (*uplinkReceiver, error) {
	tb, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &uplinkReceiver{cfg: cfg, settings: set, next: next, telemetry: tb}, nil
}

// Start listens. It fails where others could reach the receiver without showing
// who they are, whether or not the configuration was validated.
func (r *uplinkReceiver) Start(ctx context.Context, host component.Host) error {
	if err := r.cfg.validateEndpoint(); err != nil {
		return err
	}
	obs, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: r.settings.ID, Transport: "grpc", ReceiverCreateSettings: r.settings,
	})
	if err != nil {
		return err
	}
	server, err := r.cfg.ToServer(ctx, host.GetExtensions(), r.settings.TelemetrySettings,
		configgrpc.WithGrpcServerOption(grpc.StatsHandler(wireSizes{})),
		configgrpc.WithGrpcServerOption(grpc.ForceServerCodecV2(newCodec())))
	if err != nil {
		return fmt.Errorf("make the gRPC server: %w", err)
	}
	listener, err := r.cfg.NetAddr.Listen(ctx)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	r.service = newService(r.cfg, r.next, obs, r.telemetry, r.settings.Logger)
	uplinkv1.RegisterUplinkServer(server, r.service)
	r.server, r.addr = server, listener.Addr()
	r.serving.Add(1)
	go func() {
		defer r.serving.Done()
		if err := server.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	}()
	return nil
}

// Shutdown lets every session finish the envelope it is at and ends it; what
// takes longer is cut off without an acknowledgement.
func (r *uplinkReceiver) Shutdown(ctx context.Context) error {
	if r.server != nil {
		r.service.stop()
		ctx, cancel := context.WithTimeout(ctx, stopTimeout)
		defer cancel()
		cut := context.AfterFunc(ctx, r.server.Stop)
		r.server.GracefulStop()
		cut()
		r.serving.Wait()
	}
	r.telemetry.Shutdown()
	return nil
}
