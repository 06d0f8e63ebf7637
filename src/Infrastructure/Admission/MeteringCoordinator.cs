using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.Infrastructure.Admission;

/// <summary>
/// Agrees with the other gateways, over the database, on where budgets are counted. Each second it shows that this one
/// lives. Where something has to change (another gateway came or went, Redis was lost, came back, or was emptied), a new
/// epoch begins: every gateway stops admitting, declares in the tables what its calls hold, and only when all have done
/// so do the counters begin anew from there.
/// </summary>
internal sealed partial class MeteringCoordinator(
    GatewayInstance instance, GatewayRegistry registry, BudgetBook book, HeldCalls held, LateSettlements late, EpochGate gate, EpochLease lease,
    MeterBooks books, HoldReconciler reconciler, AbsentGateways absent, IJournal journal, TimeProvider clock, ILogger<MeteringCoordinator> logger) : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReconcileInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortBeat = TimeSpan.FromMilliseconds(50);

    // Whoever asks for a look has other things to do than to wait for a database that is slow.
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim wanted = new(0, 1);
    private TaskCompletionSource looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long joined;
    private long distrusted = -1;
    private bool isFirst = true;
    private volatile Agreement? agreed;
    private volatile int replicas = 1;

    /// <summary>Gateways alive, this one included, as far as is known.</summary>
    public int Replicas => replicas;

    /// <summary>The last look failed: the gateways cannot agree on anything.</summary>
    public bool IsLost => lease.IsLost;

    /// <summary>Has it look again now and not at the next beat.</summary>
    public void LookSoon()
    {
        lock (wanted)
        {
            if (wanted.CurrentCount == 0)
                wanted.Release();
        }
    }

    /// <summary>The counters of this epoch cannot be right: they have to begin anew.</summary>
    public void Distrust(long epoch)
    {
        Interlocked.Exchange(ref distrusted, epoch);
        LookSoon();
    }

    /// <summary>Done when it has looked once more, or that has taken too long.</summary>
    public async ValueTask LookNowAsync(CancellationToken cancellationToken)
    {
        var next = Volatile.Read(ref looked).Task;
        LookSoon();
        await next.WaitAsync(LongestLook, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            var open = gate.Open;
            await gate.CloseAsync().WaitAsync(Beat, clock, cancellationToken);
            await late.RunAsync(open is { } state ? books.CounterFor(state.Book) : null, cancellationToken);
            await book.DeclareAsync(instance.Id, Declarations(), cancellationToken);
            await registry.LeaveAsync(instance.Id, cancellationToken);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or MeterUnavailableException or OperationCanceledException)
        {
            LogNotLeft(failure.Message);   // the others find out by themselves
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        wanted.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var ticking = clock.CreateTimer(_ => lease.Tick(), state: null, EpochLease.TickInterval, EpochLease.TickInterval);
        await Task.WhenAll(BeatAsync(stoppingToken), SettleLateAsync(stoppingToken), ReconcileAsync(stoppingToken));
    }

    private async Task BeatAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            var asked = clock.GetTimestamp();
            try
            {
                await LookAsync(stoppingToken);
                if (IsLost)
                    LogAgain();
                lease.Confirm(asked);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Whatever it was, this must go on: without it no gateway would ever agree on anything again.
                if (!IsLost)
                    LogLost(failure);
                lease.Lose();
            }
            finally
            {
                gate.TryAgain();
                Interlocked.Exchange(ref looked, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            }

            await ((Task)wanted.WaitAsync(gate.Open is null && !IsLost ? ShortBeat : Beat, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await books.LookAtRedisAsync(gate.Open?.Book == Book.Redis, cancellationToken);
        var agreement = await registry.BeatAsync(instance.Id, joined, books.IsRedisUsable, cancellationToken);
        replicas = Math.Max(1, agreement.Alive.Count);
        if (await ChangeAsync(agreement, cancellationToken))
            agreement = await registry.BeatAsync(instance.Id, joined, books.IsRedisUsable, cancellationToken);

        if (agreement.Epoch != joined && await JoinAsync(agreement, cancellationToken))
            agreement = await registry.BeatAsync(instance.Id, joined, books.IsRedisUsable, cancellationToken);

        if (agreement.Epoch == joined && agreement.Alive.All(replica => replica.Epoch == joined || replica.Id == instance.Id)
            && (gate.Open?.Epoch == joined || await absent.SpeakForAsync(agreement, cancellationToken)))
        {
            OpenFor(agreement);
        }

        agreed = agreement;
    }

    // Beside the heartbeat, which must not wait for it, and inside the gate as above.
    private async Task ReconcileAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(ReconcileInterval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested || agreed is not { } agreement || await gate.EnterAsync(Beat, CancellationToken.None) is not { } state)
                continue;

            try
            {
                await reconciler.RunAsync(state, agreement, stoppingToken);
            }
            catch (Exception failure)
            {
                LogNotSettled(failure.Message);   // whatever it was: it is tried again
            }
            finally
            {
                gate.Leave();
            }
        }
    }

    // Inside the gate: no book is changed meanwhile, and nothing is declared by two.
    private async Task SettleLateAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await late.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested || await gate.EnterAsync(Beat, CancellationToken.None) is not { } state)
                continue;

            try
            {
                await late.RunAsync(books.CounterFor(state.Book), stoppingToken);
                continue;
            }
            catch (Exception failure)
            {
                LogNotSettled(failure.Message);   // whatever it was: no call may hold its budget for ever
            }
            finally
            {
                gate.Leave();
            }

            await Task.Delay(Beat, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether another epoch has begun.</returns>
    private async Task<bool> ChangeAsync(Agreement agreement, CancellationToken cancellationToken)
    {
        var wantedBook = Wanted(agreement);
        var runId = wantedBook == Book.Redis ? books.RunId : null;
        var mustBegin = wantedBook != agreement.Book || (wantedBook == Book.Redis && runId != agreement.RunId)
            || Interlocked.Read(ref distrusted) == agreement.Epoch
            || (isFirst && wantedBook == Book.Local);   // what an earlier process had in its memory is gone
        isFirst = false;
        if (!mustBegin)
            return false;

        if (wantedBook == Book.Database)
            LogDatabase(agreement.Alive.Count, books.IsRedisUsable == false ? "Redis does not answer" : "not all of them have a Redis");
        else
            LogChange(agreement.Epoch, agreement.Book, wantedBook);

        await registry.BeginAsync(agreement.Epoch, wantedBook, runId, cancellationToken);
        return true;
    }

    private static Book Wanted(Agreement agreement) => agreement.Alive switch
    {
        [{ Redis: null }] => Book.Local,
        var all when all.All(replica => replica.Redis == true) => Book.Redis,
        _ => Book.Database,
    };

    /// <returns>Whether this gateway has joined the epoch.</returns>
    private async Task<bool> JoinAsync(Agreement agreement, CancellationToken cancellationToken)
    {
        // A gateway that has just come has nothing to declare. What an earlier life of it left has to be in the ledger first,
        // unless that had joined this epoch, or others for it: then it is in what counts already.
        var hadJoined = joined == 0 && agreement.Book != Book.Local
            && agreement.Alive.Any(replica => replica.Id == instance.Id && replica.Epoch == agreement.Epoch);
        var hasCaughtUp = journal.HasCaughtUp;
        if (!hadJoined && !hasCaughtUp)
            return false;

        await gate.CloseAsync();
        await book.DeclareAsync(instance.Id, Declarations(), cancellationToken);

        // As long as only an earlier life's mark can tell whether Redis has lost anything, that stays.
        if (hasCaughtUp && agreement is { Book: Book.Redis, RunId: { } run } && !await TryMarkAsync(run))
            return false;

        joined = agreement.Epoch;
        return true;
    }

    private async Task<bool> TryMarkAsync(string runId)
    {
        try
        {
            await (books.Holds?.MarkAsync(instance.Id, runId) ?? Task.CompletedTask);
            return true;
        }
        catch (MeterUnavailableException)
        {
            return false;   // this Redis is not what counts for long
        }
    }

    // Calls may end while they are declared; how they end is written after this, by the same hand.
    private List<Declaration> Declarations() => [.. held.All.Select(entry => entry.Declare()).OfType<Declaration>()];

    private void OpenFor(Agreement agreement)
    {
        var state = new BookState(agreement.Epoch, agreement.Book, agreement.RunId, replicas);
        var before = gate.Open;
        if (before == state)
            return;

        gate.OpenFor(state);
        if (before?.Epoch != state.Epoch)
            LogOpen(state.Epoch, state.Book, state.Replicas);
    }

    [LoggerMessage(LogLevel.Information, "Counters of budgets, of epoch {Epoch} in {Book}, begin anew in {Next}")]
    private partial void LogChange(long epoch, Book book, Book next);

    [LoggerMessage(LogLevel.Warning, "Budgets are counted in the database, which is slower, and rates by each of {Replicas} gateways for its share: {Reason}")]
    private partial void LogDatabase(int replicas, string reason);

    [LoggerMessage(LogLevel.Information, "Budgets are counted in {Book} from epoch {Epoch} on, by {Replicas} gateways")]
    private partial void LogOpen(long epoch, Book book, int replicas);

    [LoggerMessage(LogLevel.Error, "The gateways cannot agree on where budgets are counted; it stays as it was, and is tried again")]
    private partial void LogLost(Exception exception);

    [LoggerMessage(LogLevel.Information, "The gateways can agree again on where budgets are counted")]
    private partial void LogAgain();

    [LoggerMessage(LogLevel.Warning, "What calls held of budgets cannot be settled now: {Reason} It is tried again")]
    private partial void LogNotSettled(string reason);

    [LoggerMessage(LogLevel.Warning, "The other gateways could not be told that this one goes: {Reason}")]
    private partial void LogNotLeft(string reason);
}
