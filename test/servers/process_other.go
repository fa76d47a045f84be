//go:build unix && !linux

package servers

import "syscall"

// childAttributes keeps a Ctrl-C at the terminal from the server: the parent
// decides the order in which things stop.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
