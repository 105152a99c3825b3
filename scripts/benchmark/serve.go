package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// serveCommand serves a folder on loopback in a process of its own, until its context ends.
// It prints what serves, and the address. Without a delay that is nginx, where it is
// installed; otherwise, and with a delay of each answer, it is Go's file server.
func serveCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	dir := flags.String("dir", "", "the folder")
	delay := flags.Duration("delay", 0, "before each answer")
	plain := flags.Bool("go", false, "Go's server in any case")
	_ = flags.Parse(args) // it ends the process on an error
	if *delay == 0 && !*plain {
		if bin, err := nginxPath(); err == nil {
			return serveNginx(ctx, bin, *dir)
		}
	}
	return serveFiles(ctx, *dir, *delay)
}

// serveFiles serves a folder's files with [http.ServeContent], as [os.Root] opens them.
func serveFiles(ctx context.Context, dir string, delay time.Duration) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: fileHandler(root, delay), ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // it was only read from
	defer stop()
	fmt.Printf("Go's net/http\thttp://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func fileHandler(root *os.Root, delay time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if delay > 0 {
			wait := time.NewTimer(delay)
			defer wait.Stop()
			select {
			case <-wait.C:
			case <-req.Context().Done():
				return
			}
		}
		f, err := root.Open(filepath.FromSlash(strings.TrimPrefix(req.URL.Path, "/")))
		if err != nil {
			http.NotFound(w, req)
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.IsDir() {
			http.NotFound(w, req)
			return
		}
		http.ServeContent(w, req, "file.bin", info.ModTime(), f)
	}
}

// nginxPath looks where nginx is, also where only root has it in the path.
func nginxPath() (string, error) {
	if p, err := exec.LookPath("nginx"); err == nil {
		return p, nil
	}
	return exec.LookPath("/usr/sbin/nginx")
}

// nginxConf is for a folder of its own in place of the system's: a careful server of static
// files, on as many cores as the measurements are made for.
const nginxConf = `daemon off;
%spid nginx.pid;
worker_processes 2;
error_log error.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_timeout 75;
  keepalive_requests 10000000;
  types { }
  default_type application/octet-stream;
  client_body_temp_path tmp;
  proxy_temp_path tmp;
  fastcgi_temp_path tmp;
  uwsgi_temp_path tmp;
  scgi_temp_path tmp;
  server {
    listen 127.0.0.1:%d backlog=1024;
    location / { root %q; }
  }
}
`

// serveNginx runs nginx until the context ends. Its configuration and what it writes are in a
// folder that goes with it.
func serveNginx(ctx context.Context, bin, dir string) error {
	prefix, err := os.MkdirTemp("", "bench-nginx")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(prefix) }() // what is left of it is in the folder for such things
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // the cache need not be readable to another one
	}
	conf := filepath.Join(prefix, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, user, port, dir), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, bin, "-p", prefix, "-c", conf, "-e", filepath.Join(prefix, "error.log"))
	cmd.Cancel = func() error { return cmd.Process.Signal(terminate) }
	cmd.WaitDelay = 5 * time.Second
	apart(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if err := answers(ctx, address); err != nil {
		_ = cmd.Cancel() // that it has gone by itself is what the next line tells
		said, _ := os.ReadFile(filepath.Join(prefix, "error.log"))
		return errors.Join(fmt.Errorf("nginx does not answer: %w: %s", err, said), cmd.Wait())
	}
	fmt.Printf("nginx\thttp://%s\n", address)
	if err := cmd.Wait(); ctx.Err() == nil {
		return fmt.Errorf("nginx has ended: %w", err)
	}
	return nil
}

// freePort gives a port that is free now; it may be taken until it is used, and then nginx
// says so.
func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// answers waits until something takes connections, five seconds at most.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
