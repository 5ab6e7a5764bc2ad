// Command ereception is the portal «Е-приймальня» and the tools around it.
// Every command's flags are also environment variables; see ereception --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"ereception/internal/app"
	"ereception/internal/platform/config"
)

// version is set by the build.
var version = "dev"

func main() {
	if err := run(os.Args[1:]); err != nil {
		if !errors.Is(err, app.ErrReported) {
			fmt.Fprintln(os.Stderr, "ereception:", err)
		}
		os.Exit(1)
	}
}

func run(args []string) error {
	if err := config.FromFiles(); err != nil {
		return err
	}
	if err := config.CheckEnv(os.Environ()); err != nil {
		return err
	}
	var cli app.CLI
	k, err := kong.New(&cli, kong.Name("ereception"), kong.Description("Е-приймальня: звернення громадян до міської ради."),
		kong.UsageOnError(), kong.Vars{"version": version})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	kctx, err := k.Parse(args)
	if err != nil {
		return err
	}
	kctx.BindTo(ctx, (*context.Context)(nil))
	return kctx.Run()
}
