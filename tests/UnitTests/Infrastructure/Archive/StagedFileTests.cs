using CleanGateway.Infrastructure.Archive;

namespace CleanGateway.UnitTests.Infrastructure.Archive;

public class StagedFileTests
{
    private static readonly DateTimeOffset Now = new(2026, 8, 1, 14, 59, 59, 999, TimeSpan.FromHours(2));

    [Fact]
    public void Its_name_says_hour_replica_and_part_and_is_read_back()
    {
        var file = StagedFile.New("/data/archive", "a-host.example.com", Now);

        file.Name.Should().Be($"2026/08/01/12/a-host.example.com-{file.Part:N}.jsonl.gz");
        file.Path.Should().Be($"/data/archive/2026080112-a-host.example.com-{file.Part:N}.jsonl");
        StagedFile.TryParse(file.Path, out var read).Should().BeTrue();
        read.Should().Be(file);
        read!.Begun.Should().Be(Now);
    }

    [Fact]
    public void No_two_have_one_name() =>
        Enumerable.Range(0, 100).Select(_ => StagedFile.New("/data", "host", Now).Name).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Parts_of_an_hour_sort_by_time() =>
        Enumerable.Range(0, 100).Select(n => StagedFile.New("/data", "host", Now.AddMilliseconds(-n)).Name)
            .Should().BeInDescendingOrder(StringComparer.Ordinal);

    [Theory]
    [InlineData("notes.jsonl")]
    [InlineData("2026080112.jsonl")]
    [InlineData("2026080199-host-0197a0000000700080000000000000ff.jsonl")]
    [InlineData("2026080112-host-1.jsonl")]
    public void Other_files_are_none(string name) => StagedFile.TryParse("/data/" + name, out _).Should().BeFalse();

    [Theory]
    [InlineData("gateway-7f9c.pod", "gateway-7f9c.pod")]
    [InlineData("Der Rechner/..", "Der-Rechner")]
    [InlineData("rechnerä", "rechner")]
    [InlineData("...", "gateway")]
    [InlineData("", "gateway")]
    public void A_machines_name_makes_no_path(string machine, string replica) => StagedFile.ReplicaOf(machine).Should().Be(replica);
}
