using System.Net;
using System.Text.RegularExpressions;
using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests;

/// <summary>The scripts of backup and recovery, and <c>docs/backup.md</c> done as it is printed.</summary>
public partial class ProcessTestsBackup : ProcessTest
{
    // They wait for nothing but their own work: this is for a machine that has much else to do.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private string Data => Path.Combine(Folder, "data");
    private string Archive => Path.Combine(Folder, "llm-archive");

    public override async ValueTask DisposeAsync()
    {
        await PrivateGateway.StopServerAsync(Data);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task The_rehearsal_finds_everything_as_it_is_promised_and_leaves_nothing_behind()
    {
        var command = (await BlocksAsync()).Single(block => block.Contains("recovery-rehearsal.sh", StringComparison.Ordinal));

        var run = await BashAsync(command);

        run.ExitCode.Should().Be(0, "{0}\n{1}", run.Output, run.Errors);
        run.Output.Should().Contain("everything as promised").And.Contain("40 calls written").And.NotContain("WRONG");
        Directory.EnumerateFileSystemEntries(Folder).Should().BeEmpty("it works in a folder that it takes away");
    }

    [Fact]
    public async Task The_private_database_is_backed_up_and_restored_as_the_page_says()
    {
        var blocks = await BlocksAsync();
        string Block(string part) => blocks.Single(block => block.Contains(part, StringComparison.Ordinal));
        var gateway = await StartAsync();
        await CallAsync(gateway.Url, 2);
        (await SucceedAsync(Block("backup.sh prepare"))).Should().Contain("after its next restart");
        (await gateway.Process.StopAsync()).Should().Be(0);
        gateway = await StartAsync();
        await CallAsync(gateway.Url, 1);
        (await SucceedAsync(Block("--keep 14"))).Should().Contain("/data-keys/").And.EndWith("Z\n");
        await CallAsync(gateway.Url, 2);
        (await gateway.Process.StopAsync()).Should().Be(0);

        var restored = await SucceedAsync(Block("cluster.lost"));
        gateway = await StartAsync();
        var replayed = await SucceedAsync(Block("archive replay"));
        await CallAsync(gateway.Url, 1);
        (await gateway.Process.StopAsync()).Should().Be(0);

        restored.Split('\n').Should().Contain(["requests=5", "responses=5", "usage_records=5", "orphans=0", "to=latest", "timeline=00000002"]);
        replayed.Should().Be("2 files: 0 calls written, 5 were there, 0 of them corrected\n");
        Directory.GetFiles(Path.Combine(Folder, "data-keys")).Should().ContainSingle();
        Directory.EnumerateFiles(Path.Combine(Folder, "backups"), "master.key", SearchOption.AllDirectories).Should().BeEmpty();
        Directory.EnumerateFiles(Path.Combine(Folder, "backups", "wal"), "*.history").Should().ContainSingle("later restores have to know of the new timeline");
    }

    [Fact]
    public async Task A_WAL_file_that_is_archived_is_never_written_over()
    {
        var (first, other, kept) = (Path.Combine(Folder, "first"), Path.Combine(Folder, "other"), Path.Combine(Folder, "kept"));
        await File.WriteAllTextAsync(first, "one", Stop);
        await File.WriteAllTextAsync(other, "two", Stop);

        (await BashAsync($"build/deploy/archive-wal.sh {first} {kept}")).ExitCode.Should().Be(0);
        (await BashAsync($"build/deploy/archive-wal.sh {first} {kept}")).ExitCode.Should().Be(0, "the server asks again when it was killed in between");
        var refused = await BashAsync($"build/deploy/archive-wal.sh {other} {kept}");
        var nowhere = await BashAsync($"build/deploy/archive-wal.sh {first} {Folder}/no/folder");

        refused.ExitCode.Should().Be(1);
        refused.Errors.Should().Be($"{kept} is there already, with other content: is the folder another server's?\n");
        nowhere.ExitCode.Should().NotBe(0);
        (await File.ReadAllTextAsync(kept, Stop)).Should().Be("one");
        Directory.EnumerateFiles(Folder).Should().HaveCount(3, "nothing unfinished is left");
    }

    [Fact]
    public async Task Backups_of_files_are_counted_by_themselves_and_do_not_take_the_archives_names()
    {
        const string Staged = "2026112114-host-a-019aa7c2b4f07d1e8f0a3c5b7d9e1f20.jsonl";
        var (backups, of) = (Path.Combine(Folder, "backups"), Path.Combine(Folder, "backups", "20200101T000000Z"));
        Directory.CreateDirectory(Path.Combine(Data, "archive"));
        await File.WriteAllTextAsync(Path.Combine(Data, "archive", Staged), "a line\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(Data, "archive", Staged + ".gz"), "on its way", Stop);
        Directory.CreateDirectory(of);
        await File.WriteAllTextAsync(Path.Combine(of, "info"), "first_wal=000000010000000000000002\n", Stop);

        var run = await SucceedAsync("for i in 1 2 3; do build/backup.sh /srv/backups --only files --keep 2; done");

        run.Should().Contain("removed ");
        Directory.GetDirectories(backups).Should().HaveCount(3).And.Contain(of, "a backup of the database is of another kind");
        var archive = Path.Combine(Directory.GetDirectories(backups).Max(StringComparer.Ordinal)!, "files", "archive");
        var copy = Directory.GetFiles(archive).Should().ContainSingle("what is compressed is there as it was").Subject;
        (await File.ReadAllTextAsync(copy, Stop)).Should().Be("a line\n");
        StringComparer.Ordinal.Compare(Path.GetFileName(copy), Staged).Should().BeNegative("the finished file, which has newer lines, counts");
        Path.GetFileName(copy).Should().MatchRegex("^2026112114-host-a-019aa7c2b4ef7[0-9a-f]{3}[89ab][0-9a-f]{15}[.]jsonl$");

        var restored = await SucceedAsync($"build/restore.sh /srv/backups --files {Folder}/back");
        await File.WriteAllTextAsync(copy, "a lime\n", Stop);
        var damaged = await BashAsync($"build/restore.sh /srv/backups --files {Folder}/damaged");

        restored.Should().EndWith($"files={Folder}/back\n");
        var back = Directory.GetFiles(Path.Combine(Folder, "back", "archive")).Should().ContainSingle().Subject;
        (await File.ReadAllTextAsync(back, Stop)).Should().Be("a line\n");
        Path.GetFileName(back).Should().NotBe(Path.GetFileName(copy), "it may be restored more than once");
        damaged.ExitCode.Should().Be(1);
        damaged.Errors.Should().Contain("/files is damaged: choose another with --backup.");
        Directory.Exists(Path.Combine(Folder, "damaged")).Should().BeFalse();
    }

    [Fact]
    public async Task A_moment_is_restored_from_the_timeline_that_was_current_then_and_a_rehearsal_archives_nothing()
    {
        const string Scene = """
            . build/lib.sh; . build/postgres.sh
            postgres_folder=$(postgres_bin); port=$(free_port); server=; export PGTZ=UTC
            options="-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories="
            start() { server=$1; as_postgres "$postgres_folder/pg_ctl" start -s -w -t 300 -D "$1" -l "$1/log" -o "$options"; }
            stop() { [ -z "$server" ] || as_postgres "$postgres_folder/pg_ctl" stop -s -w -t 300 -D "$server" -m fast; server=; }
            call() { ask "INSERT INTO requests VALUES ($1)"; ask "SELECT clock_timestamp()" | tr ' ' T; }
            archive() { ask "SELECT pg_switch_wal()" >/dev/null; stop; }
            restore() { build/restore.sh "$TMPDIR/backups" "$@" | sed -n 's/^\(requests\|timeline\)=//p' | tr '\n' ' '; echo; }
            trap stop EXIT
            chmod 0711 "$TMPDIR"
            make_for_postgres "$TMPDIR/first"
            as_postgres "$postgres_folder/initdb" -D "$TMPDIR/first" -U owner -A trust --no-sync >/dev/null
            export DATABASE_URL=postgres://owner@127.0.0.1:$port/postgres
            database_url=$DATABASE_URL
            start "$TMPDIR/first"
            ask "CREATE TABLE requests (id int, created_at timestamptz DEFAULT now());
              CREATE TABLE responses (request_id_fk int, request_created_at timestamptz);
              CREATE TABLE usage_records (total_cost_usd numeric); CREATE TABLE monthly_usage_summary (total_requests int, total_cost_usd numeric)"
            build/backup.sh prepare "$TMPDIR/backups" >/dev/null
            build/backup.sh prepare "$TMPDIR/others" 2>&1 | sed 's/ by: .*//' || true
            stop; start "$TMPDIR/first"
            mkdir "$TMPDIR/backups/20200101T000000Z"
            echo first_wal=000000010000000000000000 >"$TMPDIR/backups/20200101T000000Z/info"
            as_postgres touch "$TMPDIR/backups/wal/000000010000000000000000"
            build/backup.sh "$TMPDIR/backups" --only database --keep 1 | sed -n "s|$TMPDIR||; s/^removed //p"
            [ ! -e "$TMPDIR/backups/wal/000000010000000000000000" ]
            one=$(call 1); two=$(call 2); call 3 >/dev/null; archive
            restore "$TMPDIR/mistake" --to "$one"
            start "$TMPDIR/mistake"; call 4 >/dev/null; call 5 >/dev/null; archive
            restore "$TMPDIR/meant" --to "$two"
            restore "$TMPDIR/drill" --timeline 1 --drill
            ls "$TMPDIR/backups/wal" >"$TMPDIR/before"
            start "$TMPDIR/drill"; call 6 >/dev/null; archive
            ls "$TMPDIR/backups/wal" | diff "$TMPDIR/before" -
            """;

        var run = await BashAsync(Scene);

        run.ExitCode.Should().Be(0, "{0}\n{1}", run.Output, run.Errors);
        run.Output.Should().Be("The server archives its WAL already,\n/backups/20200101T000000Z\n00000002 1 \n00000003 2 \n00000004 3 \n");
        run.Errors.Should().MatchRegex("(?m)^Timeline 2 is left out, which began at [^ ]+: timeline 1 is followed [(]--timeline[)]$");
    }

    [Theory]
    [InlineData("build/backup.sh", "build/backup.sh prepare TARGET, or build/backup.sh TARGET [--keys FOLDER] [--keep N] [--only database|files]")]
    [InlineData("build/backup.sh TARGET --keep 0", "--keep is '0': expected the number of backups to keep, 1 or more")]
    [InlineData("build/backup.sh TARGET --only all", "--only is 'all': expected database or files")]
    [InlineData("build/backup.sh TARGET --only files", "DATA_DIR TARGET/no-data was not found.")]
    [InlineData("build/restore.sh TARGET", "build/restore.sh TARGET FOLDER [--to latest|backup|TIME] [--timeline N] [--backup NAME] [--drill] [--files FOLDER]")]
    [InlineData("build/restore.sh TARGET TARGET/new", "TARGET has no backup of a database.")]
    [InlineData("build/restore.sh TARGET TARGET/new --to 2027-01-31T10:00:00Z", "TARGET has no backup of a database that ended before 2027-01-31T10:00:00.000000Z.")]
    [InlineData("build/restore.sh TARGET TARGET/new --to soon-ish", "--to is 'soon-ish': expected latest, backup or a moment like 2027-01-31T10:00:00Z")]
    [InlineData("build/restore.sh TARGET TARGET/new --backup 20270131T100000Z", "TARGET/20270131T100000Z is no backup of a database.")]
    [InlineData("build/restore.sh TARGET TARGET/new --timeline one", "--timeline is 'one': expected a number, 1 or more")]
    [InlineData("build/restore.sh TARGET TARGET/new --timeline 7", "TARGET has no backup of a database on the way to timeline 7.")]
    [InlineData("build/restore.sh TARGET --files TARGET/new", "TARGET has no backup of files.")]
    [InlineData("build/restore.sh TARGET/gone TARGET/new", "The folder of backups was not found.")]
    public async Task What_cannot_be_done_is_told_in_one_line(string command, string message)
    {
        var run = await BashAsync(command.Replace("TARGET", Folder, StringComparison.Ordinal), ("DATA_DIR", Path.Combine(Folder, "no-data")));

        run.ExitCode.Should().Be(1);
        run.Errors.Should().Be(message.Replace("TARGET", message.StartsWith("build", StringComparison.Ordinal) ? "TARGET" : Folder, StringComparison.Ordinal) + "\n");
        Directory.Exists(Path.Combine(Folder, "new")).Should().BeFalse();
    }

    private async Task<(GatewayProcess Process, Uri Url)> StartAsync()
    {
        var process = Start(("DATA_DIR", Data), ("LOG_ARCHIVE", "folder"), ("ARCHIVE_FOLDER", Archive));
        return (process, await process.ListeningAsync());
    }

    private async Task CallAsync(Uri url, int calls)
    {
        var key = (await File.ReadAllTextAsync(Path.Combine(Data, "demo.key"), Stop)).Trim();
        for (var call = 0; call < calls; call++)
        {
            using var answer = await ChatAsync(url, key);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
        }
    }

    private async Task<string> SucceedAsync(string script)
    {
        var run = await BashAsync(script);
        run.ExitCode.Should().Be(0, "{0}\n{1}", run.Output, run.Errors);
        return run.Output;
    }

    /// <summary>Runs what a page prints, at the places of the test.</summary>
    private Task<ExternalProgram.Result> BashAsync(string script, params (string Name, string Value)[] environment) => ExternalProgram.RunAsync(
        "bash",
        [
            "-euo", "pipefail", "-c",
            Program().Replace(script, GatewayProcess.Program + " ")
                .Replace("/srv/backups", Path.Combine(Folder, "backups"), StringComparison.Ordinal)
                .Replace("/root/cleangateway-keys", Path.Combine(Folder, "data-keys"), StringComparison.Ordinal),
        ],
        Repository.Root,
        [
            ("DATA_DIR", Data), ("ARCHIVE_FOLDER", Archive), ("TMPDIR", Folder), ("CLEANGATEWAY_PROGRAM", Path.GetFullPath(GatewayProcess.Program)),
            GatewayProcess.DotNetRoot, .. environment,
        ],
        Stop, atMost: Patience);

    private static async Task<IReadOnlyList<string>> BlocksAsync()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "backup.md"), Stop);
        var blocks = Block().Matches(page).Select(match => match.Groups["text"].Value).ToList();
        blocks.Should().HaveCount(5, "each is run by a test");
        return blocks;
    }

    [GeneratedRegex(@"^<!-- run by: ProcessTestsBackup -->\n```bash\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^cleangateway ", RegexOptions.Multiline)]
    private static partial Regex Program();
}
