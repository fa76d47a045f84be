package services

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-telemetry/weir/demo/people"
)

// Namespace is where the directory puts the workloads of the demo.
const Namespace = "demo"

// Role is one workload of the demo.
type Role struct {
	Name    string
	Kind    string
	Address string // loopback address that it owns
}

// Roles lists the workloads. All of 127.0.0.0/8 is loopback on Linux, so each
// gets an address without any rights or set-up.
func Roles() []Role {
	return []Role{
		{"shopper", "External", "127.77.0.10"},
		{"storefront", "Deployment", "127.77.0.11"},
		{"customers", "StatefulSet", "127.77.0.12"},
		{"payments", "Deployment", "127.77.0.13"},
	}
}

// Fleet is the running services. Its methods are safe for concurrent use.
type Fleet struct {
	world     *people.World
	servers   []*http.Server
	listeners map[string]net.Listener
	clients   map[string]*http.Client // by role: dials from the role's address
	served    atomic.Int64
	trouble   atomic.Pointer[Trouble]
	wait      sync.WaitGroup
}

// Start binds free ports and serves until Stop.
func Start(world *people.World) (*Fleet, error) {
	f := &Fleet{world: world, listeners: map[string]net.Listener{}, clients: map[string]*http.Client{}}
	for _, r := range Roles() {
		f.clients[r.Name] = clientFrom(r.Address)
		if r.Name == "shopper" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", net.JoinHostPort(r.Address, "0"))
		if err != nil {
			f.Stop()
			return nil, fmt.Errorf("listen for %s: %w", r.Name, err)
		}
		f.listeners[r.Name] = l
	}
	f.serve("storefront", (&storefront{f}).routes())
	f.serve("customers", (&customers{f}).routes())
	f.serve("payments", (&payments{f}).routes())
	return f, nil
}

func (f *Fleet) serve(role string, h http.Handler) {
	s := &http.Server{Handler: f.count(compressSome(h)), ReadHeaderTimeout: 5 * time.Second}
	f.servers = append(f.servers, s)
	f.wait.Go(func() {
		if err := s.Serve(f.listeners[role]); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // a listener on loopback does not fail by itself
		}
	})
}

// count counts exchanges that were answered.
func (f *Fleet) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		f.served.Add(1)
	})
}

// Served is the number of exchanges that all services answered so far.
func (f *Fleet) Served() int { return int(f.served.Load()) }

// Stop ends the services and waits for them. Requests in flight are answered.
func (f *Fleet) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	for _, c := range f.clients {
		c.CloseIdleConnections()
	}
	for _, s := range f.servers {
		if s.Shutdown(ctx) != nil {
			_ = s.Close() // the listener is closed either way
		}
	}
	f.wait.Wait()
	for _, l := range f.listeners {
		_ = l.Close() // closed already where a server had it
	}
}

func (f *Fleet) url(role string) string { return "http://" + f.listeners[role].Addr().String() }

func clientFrom(addr string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}, Timeout: 3 * time.Second}
	return &http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DialContext:         dialer.DialContext,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     time.Minute,
		},
	}
}
