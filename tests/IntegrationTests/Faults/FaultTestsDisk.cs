using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>The journal's own disk is full or gone: what cannot be logged does not happen.</summary>
public class FaultTestsDisk(GatewayFixture gateway) : FaultTest(gateway)
{
    private string Journal => Path.Combine(Folder, "data", "journal");

    [Theory]
    [InlineData("process")]
    [InlineData("power")]
    public async Task A_full_disk_refuses_calls_until_there_is_room(string durability)
    {
        using var disk = SmallDisk.Mount(Journal, mebibytes: 4);
        Assert.SkipWhen(disk is null, "Only root can mount a small disk.");
        var running = await ServeAsync(("JOURNAL_MIN_FREE_BYTES", "0"), ("JOURNAL_DURABILITY", durability));
        Callers.Begin(4);
        await Callers.AnswersAsync(10);
        var held = await HoldAsync("when the disk was full", stream: true);

        disk.Fill();
        await RefusedAsync();
        Upstream.Requests.Should().Contain(request => request.Body.Contains("when the disk was full"));
        disk.MakeRoom();

        await Callers.AnswersAsync(20);
        await Callers.StopAsync();
        running.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        running.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        (await held).Text.Should().Contain("gateway_shutdown");
        (await running.EndedAsync()).Should().Be(0);
        await ShouldBeEvenAsync();
    }

    /// <summary>However small: what is in the database makes room again.</summary>
    [Theory]
    [InlineData(200_000)]
    [InlineData(3_000_000)]
    public async Task A_full_spool_refuses_calls_until_the_database_has_caught_up(int bytes)
    {
        var running = await ServeAsync(("JOURNAL_MAX_BYTES", "1MiB"));
        await Database.AllowAsync(connections: false);
        var large = new string('x', bytes);
        for (var call = 0; !Books.Entries.Any(entry => entry.WasNotLogged); call++)
            await Callers.CallAsync($"large-{call}", stream: false, large);

        await Database.AllowAsync(connections: true);
        Callers.Begin(2);
        await Callers.AnswersAsync(20);

        await EndsEvenAsync(running);
        Books.Entries.Should().OnlyContain(call => call.Succeeded || call.WasNotLogged);
    }

    [Fact]
    public async Task A_journal_s_folder_that_is_taken_away_refuses_calls_and_a_new_one_is_used()
    {
        var running = await ServeAsync();
        Callers.Begin(4);
        await Callers.AnswersAsync(10);

        Directory.Move(Journal, Journal + ".moved");
        await RefusedAsync();
        Directory.CreateDirectory(Journal);
        await Callers.AnswersAsync(20);
        Directory.EnumerateFiles(Journal, "*.seg").Should().NotBeEmpty("what is written now must be found again");

        await EndsEvenAsync(running);
    }

    private Task RefusedAsync()
    {
        var before = Books.Entries.Count(call => call.WasNotLogged);
        return Eventually.IsTrueAsync(() => Books.Entries.Count(call => call.WasNotLogged) >= before + 10, "calls are refused");
    }

    private async Task ShouldBeEvenAsync()
    {
        var balance = await Books.CompareAsync();
        balance.IsEven.Should().BeTrue("{0}", balance);
        Books.Entries.Should().OnlyContain(
            call => call.Succeeded || call.WasNotLogged || call.Text.Contains("gateway_shutdown") || call.Text.Contains("log_unavailable"));
    }
}
