using System.Text;
using CleanGateway.Infrastructure.Archive;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.Archive;

public sealed class ArchiveStagingTests : IDisposable
{
    private static readonly StagingLimits Roomy = new(MaxBytes: 1_000_000, PartBytes: 500_000, Durable: false);

    private readonly TemporaryFolder folder = new();
    private readonly ManualTime clock = new();

    private string Path => folder.File("archive");

    private string[] Files => [.. Directory.GetFiles(Path).Order(StringComparer.Ordinal)];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Lines_of_an_hour_are_in_one_file_of_the_owners_own()
    {
        using var staging = Open();
        Append(staging, "one");
        clock.Advance(TimeSpan.FromMinutes(59));
        Append(staging, "two", "three");

        Read(Files.Should().ContainSingle().Subject).Should().Be("one\ntwo\nthree\n");
        staging.NextSealed(null).Should().BeNull("the hour is not over");
        (staging.Bytes, staging.Oldest).Should().Be((14, clock.GetUtcNow().AddMinutes(-59)));
        File.GetUnixFileMode(Files[0]).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Another_hour_has_another_file(int hours)
    {
        var set = new ManualClock(clock.GetUtcNow());
        using var staging = Open(set);
        Append(staging, "one");
        var first = Files.Single();

        set.Advance(TimeSpan.FromHours(hours));
        Append(staging, "two");

        Files.Select(Read).Should().BeEquivalentTo("one\n", "two\n");
        staging.NextSealed(null)!.Path.Should().Be(first);
    }

    [Fact]
    public void An_hour_is_over_also_where_nothing_comes_after_it()
    {
        using var staging = Open();
        Append(staging, "one");
        staging.SealWhatIsOver();
        staging.NextSealed(null).Should().BeNull();

        clock.Advance(TimeSpan.FromHours(1));
        staging.SealWhatIsOver();

        staging.NextSealed(null)!.Path.Should().Be(Files.Single());
        staging.NewsAsync(TestContext.Current.CancellationToken).IsCompleted.Should().BeTrue();
    }

    [Fact]
    public void A_long_file_is_followed_by_another()
    {
        using var staging = Open(limits: Roomy with { PartBytes = 8 });
        for (var n = 0; n < 5; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            Append(staging, $"line{n}");
        }

        Files.Select(Read).Should().Equal("line0\nline1\n", "line2\nline3\n", "line4\n");
        var first = staging.NextSealed(null);
        var second = staging.NextSealed(first);
        (first!.Path, second!.Path, staging.NextSealed(second)).Should().Be((Files[0], Files[1], first));
    }

    [Fact]
    public void A_full_folder_takes_nothing_seals_what_it_has_and_takes_more_when_that_is_gone()
    {
        using var staging = Open(limits: Roomy with { MaxBytes = 8 });
        Append(staging, "12345678");
        staging.IsFull.Should().BeTrue();

        FluentActions.Invoking(() => Append(staging, "more")).Should().Throw<IOException>().WithMessage("*full*");

        staging.Remove(staging.NextSealed(null)!);
        Files.Should().BeEmpty();
        (staging.Bytes, staging.IsFull, staging.Oldest).Should().Be((0, false, null));
        Append(staging, "more");
        Read(Files.Single()).Should().Be("more\n");
    }

    [Fact]
    public void What_an_earlier_process_left_of_this_hour_is_continued_without_its_torn_line()
    {
        using (var killed = Open())
            Append(killed, "one", "two");
        File.AppendAllText(Files.Single(), "{\"torn\":");
        File.WriteAllText(Files.Single() + ".gz", "half");

        using var staging = Open();
        staging.Bytes.Should().Be(8);
        Append(staging, "three");

        Read(Files.Should().ContainSingle("what was compressed is made anew").Subject).Should().Be("one\ntwo\nthree\n");
        staging.SealAll();
        staging.NextSealed(null)!.Path.Should().Be(Files.Single());
    }

    [Fact]
    public void A_torn_line_longer_than_one_read_is_cut_off_too()
    {
        using (var killed = Open())
            Append(killed, "one");
        File.AppendAllText(Files.Single(), new string('x', 200_000));

        using var staging = Open();

        Read(Files.Single()).Should().Be("one\n");
    }

    [Fact]
    public void What_is_nothing_but_a_torn_line_goes()
    {
        using (var killed = Open())
            Append(killed, "one");
        File.WriteAllText(Files.Single(), "{\"torn");

        using var staging = Open();

        Files.Should().BeEmpty();
        (staging.Bytes, staging.NextSealed(null)).Should().Be((0, null));
    }

    [Fact]
    public void What_an_earlier_process_left_of_an_earlier_hour_is_sealed()
    {
        using (var killed = Open())
            Append(killed, "one");
        clock.Advance(TimeSpan.FromHours(1));

        using var staging = Open();
        staging.NextSealed(null)!.Path.Should().Be(Files.Single());
        Append(staging, "two");

        Files.Select(Read).Should().Equal("one\n", "two\n");
    }

    [Fact]
    public void A_file_that_is_none_of_its_own_is_left_alone()
    {
        Directory.CreateDirectory(Path);
        File.WriteAllText(System.IO.Path.Combine(Path, "notes.jsonl"), "mine");

        using var staging = Open();

        staging.NextSealed(null).Should().BeNull();
        Read(Files.Single()).Should().Be("mine");
    }

    [Fact]
    public void A_folder_that_cannot_be_made_stops_the_start()
    {
        File.WriteAllText(Path, "a file");

        FluentActions.Invoking(() => Open()).Should().Throw<StartException>().WithMessage($"The archive's folder {Path} cannot be used: *");
    }

    [Fact]
    public void With_durability_lines_are_the_same()
    {
        using var staging = Open(limits: Roomy with { Durable = true });
        Append(staging, "one");
        Append(staging, "two");

        Read(Files.Single()).Should().Be("one\ntwo\n");
    }

    private ArchiveStaging Open(TimeProvider? at = null, StagingLimits? limits = null) =>
        ArchiveStaging.Open(Path, "host", limits ?? Roomy, at ?? clock, NullLogger.Instance);

    private static void Append(ArchiveStaging staging, params string[] lines) =>
        staging.Append([.. lines.Select(line => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(line + "\n"))]);

    private static string Read(string file) => File.ReadAllText(file);
}
