using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.UnitTests.Infrastructure.Security;

public sealed class SecretFilesTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_secret_is_made_once_and_read_back_afterwards()
    {
        var made = 0;

        var first = await ReadAsync("admin.token", () => $"gwa_{++made}");
        var second = await ReadAsync("admin.token", () => $"gwa_{++made}");

        (first.Path, first.Secret).Should().Be((folder.File("admin.token"), "gwa_1"));
        second.Should().Be(first);
        made.Should().Be(1);
    }

    [Fact]
    public async Task Only_the_owner_can_read_it_and_nothing_else_is_left_in_the_folder()
    {
        await ReadAsync("admin.token", () => "gwa_1");

        File.GetUnixFileMode(folder.File("admin.token")).Should().Be(OwnerOnly);
        Directory.GetFiles(folder.Path).Should().Equal(folder.File("admin.token"));
    }

    [Fact]
    public async Task What_an_operator_has_put_there_is_used_without_the_white_space_around_it()
    {
        await File.WriteAllTextAsync(folder.File("admin.token"), "  gwa_mine\r\n", Stop);

        (await ReadAsync("admin.token", NoneIsMade)).Secret.Should().Be("gwa_mine");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public async Task An_empty_file_is_refused_by_name(string content)
    {
        await File.WriteAllTextAsync(folder.File("admin.token"), content, Stop);

        var reading = () => ReadAsync("admin.token", NoneIsMade);

        await reading.Should().ThrowAsync<StartException>().WithMessage("*admin.token*empty*");
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_told_as_what_it_is()
    {
        var files = new SecretFiles(folder.File("missing"));

        var reading = () => files.ReadOrCreateAsync("admin.token", () => "gwa_hunter2", Stop);

        (await reading.Should().ThrowAsync<StartException>()).Which.Message.Should().Contain("admin.token").And.NotContain("hunter2");
    }

    [Fact]
    public async Task What_a_crash_has_left_half_written_is_not_taken_for_the_secret()
    {
        var half = folder.File($"admin.token.{Environment.ProcessId}.new");
        await File.WriteAllTextAsync(half, "gwa_ha", Stop);
        File.SetUnixFileMode(half, OwnerOnly);

        (await ReadAsync("admin.token", () => "gwa_whole")).Secret.Should().Be("gwa_whole");
        File.GetUnixFileMode(folder.File("admin.token")).Should().Be(OwnerOnly);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string NoneIsMade() => throw new InvalidOperationException("There is a file already.");

    private async Task<(string Path, string Secret)> ReadAsync(string name, Func<string> create)
    {
        var file = await new SecretFiles(folder.Path).ReadOrCreateAsync(name, create, Stop);
        return (file.Path, file.Secret);
    }
}
