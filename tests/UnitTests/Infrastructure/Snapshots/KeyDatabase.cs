using System.Collections.Concurrent;
using CleanGateway.Infrastructure.Snapshots;
using Npgsql;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

/// <summary>Answers at once what it was told to, nothing for other hashes; or fails; or waits for the test.</summary>
internal sealed class KeyDatabase
{
    private readonly ConcurrentDictionary<string, Queue<Task<Versioned<string>>>> held = new();
    private readonly ConcurrentDictionary<string, Versioned<string>> answers = new();
    private Exception? failure;
    private long version = 1;

    public int Asked { get; private set; }

    public void Answer(string hash, string? value, long? at = null)
    {
        failure = null;
        version = at ?? version;
        answers[hash] = new Versioned<string>(version, value);
    }

    /// <summary>The next look-up of this hash waits.</summary>
    public TaskCompletionSource<Versioned<string>> Hold(string hash)
    {
        var answer = new TaskCompletionSource<Versioned<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        held.GetOrAdd(hash, _ => new()).Enqueue(answer.Task);
        return answer;
    }

    public void Fail(string kind) => failure = kind switch
    {
        "npgsql" => new NpgsqlException("Failed to connect to 10.1.2.3:5432"),
        "timeout" => new TimeoutException("10.1.2.3"),
        "io" => new IOException("reset by 10.1.2.3"),
        _ => new InvalidOperationException("bug"),
    };

    public async Task<Versioned<string>> LoadAsync(string hash, CancellationToken cancellationToken)
    {
        Asked++;
        if (held.TryGetValue(hash, out var waiting) && waiting.TryDequeue(out var answer))
            return await answer;

        return failure is null ? answers.GetValueOrDefault(hash, new Versioned<string>(version, null)) : throw failure;
    }
}
