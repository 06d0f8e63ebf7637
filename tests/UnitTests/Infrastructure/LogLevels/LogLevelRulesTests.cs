using CleanGateway.Infrastructure.LogLevels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CleanGateway.UnitTests.Infrastructure.LogLevels;

public sealed class LogLevelRulesTests : IDisposable
{
    private static readonly Dictionary<string, LogLevel> NoSources = [];

    private readonly ManualTime clock = new();
    private ServiceProvider? services;

    [Theory]
    [InlineData(LogLevel.Information, "CleanGateway.Infrastructure.X", LogLevel.Information)]
    [InlineData(LogLevel.Information, "Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning)]
    [InlineData(LogLevel.Information, "CleanGateway.Api.Auth.ClientKeyAuthentication", LogLevel.Warning)]
    [InlineData(LogLevel.Debug, "Npgsql.Command", LogLevel.Debug)]
    [InlineData(LogLevel.Trace, "Microsoft.AspNetCore.Routing.Matching", LogLevel.Warning)]
    [InlineData(LogLevel.Trace, "Microsoft.AspNetCore.StaticFiles.X", LogLevel.Warning)]
    [InlineData(LogLevel.Trace, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)]
    [InlineData(LogLevel.Trace, "Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)]
    [InlineData(LogLevel.Error, "Microsoft.AspNetCore.Routing.Matching", LogLevel.Error)]
    [InlineData(LogLevel.None, "CleanGateway.X", LogLevel.None)]
    public void By_the_settings_some_sources_are_quieter_than_others(LogLevel configured, string source, LogLevel least) =>
        LeastOf(Loggers(configured).Loggers.CreateLogger(source)).Should().Be(least);

    [Fact]
    public void Loggers_that_are_there_already_hear_of_a_change_at_once_and_the_longest_name_counts()
    {
        var (rules, loggers) = Loggers(LogLevel.Information);
        var (near, far, other) = (loggers.CreateLogger("CleanGateway.A.B"), loggers.CreateLogger("CleanGateway.A.C"), loggers.CreateLogger("CleanGateway.D"));

        rules.Set(LogLevel.Error, new Dictionary<string, LogLevel> { ["CleanGateway.A"] = LogLevel.Debug, ["CleanGateway.A.B"] = LogLevel.Trace }, duration: null);

        (LeastOf(near), LeastOf(far), LeastOf(other)).Should().Be((LogLevel.Trace, LogLevel.Debug, LogLevel.Error));
    }

    [Theory]
    [InlineData("Microsoft", "Microsoft.AspNetCore.Routing.Matching", LogLevel.Warning)]
    [InlineData("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)]
    [InlineData("Microsoft", "Microsoft.AspNetCore.Server.Kestrel", LogLevel.Trace)]
    public void A_source_that_would_tell_secrets_stays_quiet_whatever_is_asked_of_those_around_it(string asked, string source, LogLevel least)
    {
        var (rules, loggers) = Loggers(LogLevel.Information);

        rules.Set(LogLevel.Trace, new Dictionary<string, LogLevel> { [asked] = LogLevel.Trace }, duration: null);

        LeastOf(loggers.CreateLogger(source)).Should().Be(least);
    }

    [Fact]
    public void What_was_asked_for_a_time_ends_with_it()
    {
        var (rules, loggers) = Loggers(LogLevel.Warning);
        var logger = loggers.CreateLogger("CleanGateway.X");

        var state = rules.Set(LogLevel.Debug, NoSources, TimeSpan.FromMinutes(10));
        clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        LeastOf(logger).Should().Be(LogLevel.Debug);
        clock.Advance(TimeSpan.FromTicks(1));

        LeastOf(logger).Should().Be(LogLevel.Warning);
        rules.Current.Should().BeEquivalentTo(new { Level = LogLevel.Warning, Configured = LogLevel.Warning, ExpiresAt = (DateTimeOffset?)null });
        state.ExpiresAt.Should().Be(clock.GetUtcNow());
    }

    [Fact]
    public void The_end_of_an_earlier_time_does_not_end_a_later_one()
    {
        var (rules, loggers) = Loggers(LogLevel.Warning);
        var logger = loggers.CreateLogger("CleanGateway.X");
        rules.Set(LogLevel.Debug, NoSources, TimeSpan.FromMinutes(1));

        rules.Set(LogLevel.Trace, NoSources, duration: null);
        clock.Advance(TimeSpan.FromHours(1));

        LeastOf(logger).Should().Be(LogLevel.Trace);
    }

    [Theory]
    [InlineData(LogLevel.None)]
    [InlineData(LogLevel.Trace)]
    public void Scopes_are_never_made(LogLevel configured)
    {
        var loggers = Loggers(configured).Loggers;

        loggers.CreateLogger("CleanGateway.X").BeginScope("one")
            .Should().NotBeNull().And.BeSameAs(loggers.CreateLogger("Microsoft.Y").BeginScope("other"), "both are the one that does nothing");
    }

    public void Dispose() => services?.Dispose();

    private (LogLevelRules Rules, ILoggerFactory Loggers) Loggers(LogLevel configured)
    {
        var rules = new LogLevelRules(configured, clock);
        services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new Everything()))
            .AddSingleton<IConfigureOptions<LoggerFilterOptions>>(rules)
            .AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(rules)
            .BuildServiceProvider();
        return (rules, services.GetRequiredService<ILoggerFactory>());
    }

    private static LogLevel LeastOf(ILogger logger) =>
        Enum.GetValues<LogLevel>().Where(level => level == LogLevel.None || logger.IsEnabled(level)).Min();

    private sealed class Everything : ILoggerProvider, ISupportExternalScope, ILogger
    {
        public void SetScopeProvider(IExternalScopeProvider scopeProvider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }
    }
}
