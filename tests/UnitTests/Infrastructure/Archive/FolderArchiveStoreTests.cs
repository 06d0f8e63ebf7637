using CleanGateway.Infrastructure.Archive;

namespace CleanGateway.UnitTests.Infrastructure.Archive;

public sealed class FolderArchiveStoreTests : IDisposable
{
    private const string Name = "2026/08/01/12/host-1.jsonl.gz";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Root => folder.File("archive");

    private string Target => Path.Combine(Root, Name);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_file_is_put_under_its_name_for_its_owner_alone()
    {
        await PutAsync("one");

        (await File.ReadAllTextAsync(Target, Stop)).Should().Be("one");
        File.GetUnixFileMode(Target).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFiles(Path.GetDirectoryName(Target)!).Should().ContainSingle("nothing unfinished is left");
    }

    [Fact]
    public async Task One_that_comes_again_replaces_the_first_and_what_was_left_unfinished()
    {
        await PutAsync("one");
        await File.WriteAllTextAsync(Target + ".unfinished", "a longer piece", Stop);

        await PutAsync("two");

        (await File.ReadAllTextAsync(Target, Stop)).Should().Be("two");
        Directory.GetFiles(Path.GetDirectoryName(Target)!).Should().ContainSingle();
    }

    [Fact]
    public async Task A_shorter_one_takes_nothing_from_a_longer_and_is_kept_beside_it_where_it_sorts_before()
    {
        await PutAsync("one, two, three");

        await PutAsync("one, two");
        await PutAsync("one");

        var kept = Directory.GetFiles(Path.GetDirectoryName(Target)!).Order(StringComparer.Ordinal).ToList();
        kept.Select(Path.GetFileName).Should().Equal("host-1.1.jsonl.gz", "host-1.2.jsonl.gz", "host-1.jsonl.gz");
        kept.Select(File.ReadAllText).Should().Equal("one, two", "one", "one, two, three");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_a_refusal_and_works_again_later()
    {
        await File.WriteAllTextAsync(Root, "in the way", Stop);
        await FluentActions.Awaiting(() => PutAsync("one")).Should().ThrowAsync<ArchiveStoreException>();

        File.Delete(Root);
        await PutAsync("one");

        (await File.ReadAllTextAsync(Target, Stop)).Should().Be("one");
    }

    private async Task PutAsync(string content)
    {
        await File.WriteAllTextAsync(folder.File("source"), content, Stop);
        await new FolderArchiveStore(Root).PutAsync(Name, folder.File("source"), Stop);
    }
}
