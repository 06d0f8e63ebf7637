using System.Diagnostics.Metrics;
using CleanGateway.Infrastructure.Archive;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.Archive;

public sealed class ExchangeArchiveTests : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime clock = new();
    private readonly ScriptedStore store = new();
    private readonly ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        meters.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Exchanges_are_sent_when_their_hour_is_over()
    {
        using var archive = await StartAsync();
        var rows = Rows.Many(3);
        await archive.AppendAsync(rows, Stop);
        clock.Advance(TimeSpan.FromMinutes(59));
        store.Attempts.Should().Be(0);

        await PassUntilAsync(() => store.Files.Count == 1);

        store.Files.Keys.Should().ContainSingle().Which.Should().StartWith("2026/08/01/12/").And.EndWith(".jsonl.gz");
        store.Ids.Should().Equal(Ids(rows));
        await PassUntilAsync(() => Staged.Length == 0);
    }

    [Fact]
    public async Task Exchanges_are_sent_at_the_end_and_those_that_could_not_be_by_the_next_start()
    {
        var rows = Rows.Many(4);
        store.Before = (_, _) => throw ScriptedStore.Refusal();
        using (var first = await StartAsync())
        {
            await first.AppendAsync([rows[0], rows[1]], Stop);
            var stopping = first.StopAsync(Stop);
            await PassUntilAsync(() => store.Attempts > 0, TimeSpan.Zero);
            await PassUntilAsync(() => stopping.IsCompleted, TimeSpan.FromSeconds(1));
            await stopping;
        }

        store.Attempts.Should().BePositive();
        store.Files.Should().BeEmpty();
        Staged.Should().NotBeEmpty();
        store.Before = (_, _) => Task.CompletedTask;
        using (var second = await StartAsync())
        {
            await second.AppendAsync([rows[2], rows[3]], Stop);
            await second.StopAsync(Stop);
        }

        store.Ids.Should().Equal(Ids(rows));
        store.Files.Should().ContainSingle("the hour's file was continued");
        Staged.Should().BeEmpty();
    }

    [Fact]
    public async Task A_file_that_arrived_though_the_answer_was_lost_is_replaced_by_itself()
    {
        using var archive = await StartAsync();
        var rows = Rows.Many(2);
        await archive.AppendAsync(rows, Stop);
        var names = new List<string>();
        store.Before = (attempt, _) => attempt <= 3 ? throw ScriptedStore.Refusal() : Task.CompletedTask;

        await PassUntilAsync(() => store.Files.Count == 1);
        names.AddRange(store.Files.Keys);

        store.Attempts.Should().Be(4);
        store.Ids.Should().Equal(Ids(rows));
        names.Should().ContainSingle();
    }

    [Fact]
    public async Task A_store_that_hangs_slows_no_one_down()
    {
        using var archive = await StartAsync();
        var hung = new TaskCompletionSource();
        store.Before = (_, _) => hung.Task;
        var rows = Rows.Many(5);
        await archive.AppendAsync([rows[0]], Stop);
        await PassUntilAsync(() => store.Attempts == 1);

        foreach (var row in rows.Skip(1))
            archive.AppendAsync([row], Stop).AsTask().IsCompletedSuccessfully.Should().BeTrue();

        hung.SetResult();
        await archive.StopAsync(Stop);
        store.Ids.Should().Equal(Ids(rows));
    }

    [Fact]
    public async Task A_failure_that_no_one_expected_ends_nothing()
    {
        using var archive = await StartAsync();
        store.Before = (attempt, _) => attempt == 1 ? throw new InvalidOperationException("a mistake") : Task.CompletedTask;
        await archive.AppendAsync(Rows.Many(1), Stop);

        await PassUntilAsync(() => store.Files.Count == 1);

        store.Attempts.Should().Be(2);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_keeps_no_other_waiting()
    {
        var rows = Rows.Many(2);
        using (var killed = await StartAsync())
            await killed.AppendAsync([rows[0]], Stop);
        clock.Advance(Hour);
        var damaged = Staged.Single();
        Directory.CreateDirectory(damaged + ".gz");
        using var archive = await StartAsync();
        await archive.AppendAsync([rows[1]], Stop);

        await PassUntilAsync(() => store.Files.Count == 1);

        store.Ids.Should().Equal(rows[1].Request.RequestId);
        Staged.Should().Contain(damaged, "nothing is thrown away");
        Directory.Delete(damaged + ".gz");
        await PassUntilAsync(() => store.Files.Count == 2);
        store.Ids.Should().BeEquivalentTo(Ids(rows));
    }

    [Fact]
    public async Task Metrics_tell_what_waits_what_failed_and_what_is_there()
    {
        using var archive = await StartAsync(("ARCHIVE_MAX_BYTES", "1MiB"));
        store.Before = (attempt, _) => attempt == 1 ? throw ScriptedStore.Refusal() : Task.CompletedTask;
        using var measured = new Measurements(meters.GetRequiredService<IMeterFactory>());

        await archive.AppendAsync(Rows.Many(2), Stop);
        clock.Advance(TimeSpan.FromMinutes(30));
        var waiting = measured.Read();
        (waiting["cleangateway.archive.age"], waiting["cleangateway.archive.full"]).Should().Be((1800, 0));
        waiting["cleangateway.archive.staged"].Should().Be(new FileInfo(Staged.Single()).Length);

        var large = Rows.Answered(Rows.Json($"\"{new string('x', 1024 * 1024)}\""));
        await archive.AppendAsync([large], Stop);
        measured.Read()["cleangateway.archive.full"].Should().Be(1);
        await FluentActions.Awaiting(() => archive.AppendAsync([large], Stop).AsTask()).Should().ThrowAsync<IOException>();

        await PassUntilAsync(() => store.Files.Count == 1 && Staged.Length == 0);
        await archive.StopAsync(Stop);
        var done = measured.Read();
        (done["cleangateway.archive.exchanges"], done["cleangateway.archive.failures"]).Should().Be((3, 1));
        (done["cleangateway.archive.age"], done["cleangateway.archive.full"], done["cleangateway.archive.staged"]).Should().Be((0, 0, 0));
    }

    private string[] Staged => Directory.GetFiles(folder.File("archive"), "*.jsonl");

    private static IEnumerable<string> Ids(IEnumerable<CleanGateway.Infrastructure.Journal.ExchangeRow> rows) => rows.Select(row => row.Request.RequestId);

    private async Task<ExchangeArchive> StartAsync(params (string, string)[] more)
    {
        var settings = TestSettings.Read([("DATA_DIR", folder.Path), ("LOG_ARCHIVE", "folder"), ("ARCHIVE_FOLDER", folder.File("unused")), .. more]);
        var archive = new ExchangeArchive(settings, store, meters.GetRequiredService<IMeterFactory>(), clock, NullLogger<ExchangeArchive>.Instance);
        await archive.StartAsync(Stop);
        return archive;
    }

    /// <summary>Lets time pass, a step at a time, until something is so.</summary>
    private async Task PassUntilAsync(Func<bool> condition, TimeSpan? step = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!condition())
        {
            clock.Advance(step ?? TimeSpan.FromMinutes(1));
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    /// <summary>What the meter says, by instrument.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly Dictionary<string, double> gauges = [];
        private readonly Dictionary<string, double> counters = [];

        public Measurements(IMeterFactory factory)
        {
            listener.InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Scope == factory && instrument.Name.StartsWith("cleangateway.archive.", StringComparison.Ordinal))
                    own.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Take(instrument, value));
            listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Take(instrument, value));
            listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Take(instrument, value));
            listener.Start();
        }

        public Dictionary<string, double> Read()
        {
            listener.RecordObservableInstruments();
            lock (gauges)
                return gauges.Concat(counters).ToDictionary();
        }

        public void Dispose() => listener.Dispose();

        private void Take(Instrument instrument, double value)
        {
            lock (gauges)
            {
                if (instrument.IsObservable)
                    gauges[instrument.Name] = value;
                else
                    counters[instrument.Name] = counters.GetValueOrDefault(instrument.Name) + value;
            }
        }
    }
}
