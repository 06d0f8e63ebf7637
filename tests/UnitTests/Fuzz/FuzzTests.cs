using System.Globalization;
using System.Security.Cryptography;

namespace CleanGateway.UnitTests.Fuzz;

/// <summary>
/// Every parser meets what nobody meant for it: first what is kept of earlier times, then mutations of that. The short form
/// has a fixed seed; <c>build/fuzz.sh</c> runs the long one and keeps what it finds.
/// </summary>
public class FuzzTests
{
    private const int FixedSeed = 20261121;
    private static readonly TimeSpan NotToBeReached = TimeSpan.FromMinutes(2);

    // Work shows in memory: what allocates more than this for a few kilobytes does not end in time either.
    private const long MostAllocated = 256L * 1024 * 1024;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Keys.Where(IsAsked).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_parser_takes_anything_and_stays_itself(string target)
    {
        var corpus = Corpus(target);
        corpus.Should().NotBeEmpty();
        var run = FuzzTargets.All[target];
        foreach (var kept in corpus)
            await TryAsync(target, run, kept, "in the corpus");

        var seed = Number("CLEANGATEWAY_FUZZ_SEED") ?? FixedSeed;
        var seconds = Number("CLEANGATEWAY_FUZZ_SECONDS");
        var mutator = new Mutator(new Random(seed), corpus);
        var begun = TimeProvider.System.GetTimestamp();
        for (var round = 0; seconds is { } most ? TimeProvider.System.GetElapsedTime(begun).TotalSeconds < most : round < run.Rounds; round++)
            await TryAsync(target, run, mutator.Next(), $"seed {seed}, round {round}");
    }

    [Fact]
    public void The_same_seed_makes_the_same_inputs()
    {
        byte[][] corpus = ["""{"a":[1,2]}"""u8.ToArray(), "x: y"u8.ToArray()];
        var (one, same, other) = (new Mutator(new Random(1), corpus), new Mutator(new Random(1), corpus), new Mutator(new Random(2), corpus));

        var inputs = Enumerable.Range(0, 100).Select(_ => one.Next()).ToList();

        inputs.Should().BeEquivalentTo(Enumerable.Range(0, 100).Select(_ => same.Next()), order => order.WithStrictOrdering());
        inputs.Should().NotBeEquivalentTo(Enumerable.Range(0, 100).Select(_ => other.Next()));
    }

    [Fact]
    public void Every_folder_of_the_corpus_has_its_parser() =>
        Directory.GetDirectories(Folder).Select(Path.GetFileName).Should().BeEquivalentTo(FuzzTargets.All.Keys);

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus");

    private static List<byte[]> Corpus(string target) =>
        [.. Directory.GetFiles(Path.Combine(Folder, target)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    private static async Task TryAsync(string target, FuzzTarget run, byte[] input, string which)
    {
        var allocated = 0L;
        try
        {
            // On another thread, so that an input without an end is noticed, too.
            await Task.Run(
                async () =>
                {
                    var (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
                    await run.TryAsync(input);

                    // What had to wait for a file goes on elsewhere, where others have allocated, too.
                    if (thread == Environment.CurrentManagedThreadId)
                        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                },
                TestContext.Current.CancellationToken).WaitAsync(NotToBeReached, TestContext.Current.CancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Fail(target, input, which, failure.ToString());
        }

        if (allocated > MostAllocated)
            Fail(target, input, which, "It took too much memory.");
    }

    private static void Fail(string target, byte[] input, string which, string failure)
    {
        var name = $"crash-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}";
        if (Environment.GetEnvironmentVariable("CLEANGATEWAY_FUZZ_CORPUS") is { Length: > 0 } folder)
            File.WriteAllBytes(Path.Combine(folder, target, name), input);

        Assert.Fail($"{target}, {which}: {failure}\nThe input, {input.Length} bytes, as base64: {Convert.ToBase64String(input)}");
    }

    private static bool IsAsked(string target) => Environment.GetEnvironmentVariable("CLEANGATEWAY_FUZZ_TARGET") is not { Length: > 0 } asked || asked == target;

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
