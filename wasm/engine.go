package wasm

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/wasm/fuel"
)

var _ sdk.Engine = (*Engine)(nil)

// Engine compiles modules and holds what their instances share.
type Engine struct {
	config  Config
	runtime wazero.Runtime
	cache   wazero.CompilationCache // nil for none
	tidying sync.Mutex              // held by who looks through the cache folder
}

// New makes an engine. The error names the setting at fault or says why the cache folder cannot be used.
func New(config Config) (*Engine, error) {
	config = config.withDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	e := &Engine{config: config}
	settings := runtimeConfig(config)
	if config.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(config.CacheDir)
		if err != nil {
			return nil, fmt.Errorf("wasm: cache folder: %w", err)
		}
		e.cache = cache
		settings = settings.WithCompilationCache(cache)
	}
	ctx := context.Background()
	e.runtime = wazero.NewRuntimeWithConfig(ctx, settings)
	if err := offer(ctx, e.runtime); err != nil {
		return nil, errors.Join(fmt.Errorf("wasm: %w", err), e.Close())
	}
	return e, nil
}

// runtimeConfig leaves WithCloseOnContextDone off on purpose: fuel is what ends a guest.
func runtimeConfig(config Config) wazero.RuntimeConfig {
	settings := wazero.NewRuntimeConfig()
	if config.Interpreter {
		settings = wazero.NewRuntimeConfigInterpreter()
	}
	return settings.
		WithCoreFeatures(api.CoreFeaturesV2.SetEnabled(api.CoreFeatureSIMD, false)).
		WithMemoryLimitPages(uint32(config.MaxMemory / pageSize)).
		WithDebugInfoEnabled(false)
}

// Load makes a validator of the module: it is metered, compiled and checked, its first instance started and given
// the settings. It takes some hundred milliseconds for a module of a few MiB. The error is one line that names the
// module and says why it is refused. What Load returns is a *Validator, to be closed when it is no longer used.
func (e *Engine) Load(ctx context.Context, module sdk.Module) (sdk.Validator, error) {
	v, err := e.load(ctx, &module)
	if err != nil {
		return nil, fmt.Errorf("module of validator %q: %w", module.Name, err)
	}
	return v, nil
}

func (e *Engine) load(ctx context.Context, module *sdk.Module) (*Validator, error) {
	limits, err := e.config.limitsOf(module)
	if err != nil {
		return nil, err
	}
	metered, err := fuel.Rewrite(module.Code, fuel.Limits{Start: startFuel, Pages: limits.pages})
	if err != nil {
		return nil, err
	}
	compiled, err := e.compile(ctx, metered)
	if err != nil {
		return nil, err
	}
	if err := check(compiled, module.Settings != nil); err != nil {
		return nil, errors.Join(err, compiled.Close(ctx))
	}
	v := newValidator(e, module, compiled, limits)
	if err := v.warm(); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// compile guards the node against a panic of the compiler: the module comes from outside.
func (e *Engine) compile(ctx context.Context, module []byte) (compiled wazero.CompiledModule, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("compiler: %v", p)
		}
	}()
	compiled, err = e.runtime.CompileModule(ctx, module)
	if err != nil {
		return nil, fmt.Errorf("does not compile: %s", firstLine(err))
	}
	e.tidyCache()
	return compiled, nil
}

// Close frees what the engine holds. Its validators must have been closed.
func (e *Engine) Close() error {
	ctx := context.Background()
	err := e.runtime.Close(ctx)
	if e.cache != nil {
		err = errors.Join(err, e.cache.Close(ctx))
	}
	return err
}
