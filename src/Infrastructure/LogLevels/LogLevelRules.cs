using CleanGateway.Application.LogLevels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace CleanGateway.Infrastructure.LogLevels;

/// <summary>
/// The rules by which loggers know whether they are heard. They are the logging framework's own, so that what is not
/// heard costs nothing.
/// </summary>
/// <param name="configured">The level by the settings.</param>
internal sealed class LogLevelRules(LogLevel configured, TimeProvider clock)
    : ILogLevels, IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>, IDisposable
{
    // Chatty at Information, and nothing an operator could act on.
    private static readonly string[] Quiet = ["Microsoft", "System", "Npgsql", "CleanGateway.Api.Auth"];

    private static readonly (string Source, LogLevel Least)[] Caps =
    [
        // Tells whole request lines, where callers' mistakes have put keys before; and while it is heard at all, the web server
        // makes an activity and a scope for every request.
        ("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None),

        // They tell paths in full.
        ("Microsoft.AspNetCore.Routing", LogLevel.Warning),
        ("Microsoft.AspNetCore.StaticFiles", LogLevel.Warning),

        // It tells the lines and headers that it cannot read, where a key may be what is wrong with them.
        ("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Warning),

        // What keeps the gateway from starting is told in one line of its own.
        ("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical),
    ];

    private readonly Lock gate = new();
    private LogLevelState state = AsConfigured(configured);
    private CancellationTokenSource changed = new();
    private ITimer? expiry;

    public string? Name => Options.DefaultName;

    public LogLevelState Current
    {
        get
        {
            lock (gate)
                return state;
        }
    }

    public LogLevel? LeastOf(string source) =>
        Caps.Where(cap => Begins(source, cap.Source)).Select(cap => (LogLevel?)cap.Least).FirstOrDefault();

    public LogLevelState Set(LogLevel? level, IReadOnlyDictionary<string, LogLevel> sources, TimeSpan? duration)
    {
        LogLevelState now;
        CancellationTokenSource before;
        lock (gate)
        {
            expiry?.Dispose();
            expiry = null;
            now = new LogLevelState(level ?? configured, new Dictionary<string, LogLevel>(sources), configured, clock.GetUtcNow() + duration);
            if (duration is { } time)
                expiry = clock.CreateTimer(_ => Expire(now), state: null, time, Timeout.InfiniteTimeSpan);
            before = Replace(now);
        }

        Tell(before);
        return now;
    }

    public void Configure(LoggerFilterOptions options)
    {
        var current = Current;
        options.MinLevel = current.Level;

        // They would be made whether or not anything is heard. Whose line it is, a line knows without them.
        options.CaptureScopes = false;
        var rules = new Dictionary<string, LogLevel>(StringComparer.OrdinalIgnoreCase);
        foreach (var source in Quiet)
            rules[source] = QuietAt(current.Level);
        foreach (var (source, level) in current.Sources)
            rules[source] = level;
        foreach (var (source, least) in Caps)
            rules[source] = Greater(least, LevelOf(source, current));
        foreach (var (source, level) in rules)
            options.Rules.Add(new LoggerFilterRule(providerName: null, source, level, filter: null));
    }

    public IChangeToken GetChangeToken()
    {
        lock (gate)
            return new CancellationChangeToken(changed.Token);
    }

    public void Dispose()
    {
        expiry?.Dispose();
        changed.Dispose();
    }

    private void Expire(LogLevelState expired)
    {
        CancellationTokenSource before;
        lock (gate)
        {
            if (!ReferenceEquals(state, expired))
                return;

            before = Replace(AsConfigured(configured));
        }

        Tell(before);
    }

    private CancellationTokenSource Replace(LogLevelState now)
    {
        var before = changed;
        (state, changed) = (now, new CancellationTokenSource());
        return before;
    }

    // Outside of the lock: who is told asks for the new rules at once.
    private static void Tell(CancellationTokenSource before)
    {
        before.Cancel();
        before.Dispose();
    }

    private static LogLevelState AsConfigured(LogLevel configured) => new(configured, new Dictionary<string, LogLevel>(), configured, ExpiresAt: null);

    private static LogLevel LevelOf(string source, LogLevelState state)
    {
        var nearest = state.Sources.Where(rule => Begins(source, rule.Key)).OrderByDescending(rule => rule.Key.Length).Select(rule => (LogLevel?)rule.Value);
        return nearest.FirstOrDefault() ?? (Quiet.Any(quiet => Begins(source, quiet)) ? QuietAt(state.Level) : state.Level);
    }

    // Who asks for debug wants them too.
    private static LogLevel QuietAt(LogLevel level) => level == LogLevel.Information ? LogLevel.Warning : level;

    private static LogLevel Greater(LogLevel one, LogLevel other) => one > other ? one : other;

    // As the logging framework compares.
    private static bool Begins(string source, string prefix) => source.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
}
