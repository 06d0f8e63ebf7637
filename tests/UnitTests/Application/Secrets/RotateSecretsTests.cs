using CleanGateway.Application.Secrets;
using CleanGateway.Domain.Common;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Secrets;

/// <summary>Which key a rotation goes to, and in which order its steps come.</summary>
public class RotateSecretsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private readonly IMasterKeyStore keys = Substitute.For<IMasterKeyStore>();
    private readonly List<MasterKeyItem> known = [Key("k1", 1, MasterKeyState.Active, credentials: 2)];
    private readonly List<GatewayKeys> gateways = [];
    private readonly HashSet<string> held = ["k1"];

    public RotateSecretsTests()
    {
        keys.ReadAsync(default).ReturnsForAnyArgs(_ => new SecretsStatus([.. known], 0, [.. gateways]));
        keys.Holds("").ReturnsForAnyArgs(asked => held.Contains(asked.Arg<string>()));
        keys.FirstBut([]).ReturnsForAnyArgs(asked => held.Except(asked.Arg<IReadOnlyCollection<string>>()).FirstOrDefault());
        keys.MakeAsync(default).ReturnsForAnyArgs("made");
        keys.ActivateAsync("", default).ReturnsForAnyArgs(true);
        keys.RewrapAsync(null, default).ReturnsForAnyArgs(new RewrapBatch(null, 0, 0, []));
        keys.RetireAsync("", default).ReturnsForAnyArgs(["k1"]);
    }

    [Fact]
    public async Task A_key_of_the_gateways_own_is_made_registered_activated_and_only_then_used()
    {
        keys.AreOwn.Returns(true);

        (await HandleAsync()).Key.Should().Be("made");

        Received.InOrder(() =>
        {
            keys.BeginAsync(Arg.Any<CancellationToken>());
            keys.MakeAsync(Arg.Any<CancellationToken>());
            keys.RegisterAsync("made", Arg.Any<CancellationToken>());
            keys.ActivateAsync("made", Arg.Any<CancellationToken>());
            keys.RewrapAsync(null, Arg.Any<CancellationToken>());
            keys.RetireAsync("made", Arg.Any<CancellationToken>());
        });
    }

    [Fact]
    public async Task A_key_that_is_held_and_not_known_is_the_new_one()
    {
        keys.AreOwn.Returns(true);
        held.Add("given");

        (await HandleAsync()).Key.Should().Be("given");

        await keys.DidNotReceiveWithAnyArgs().MakeAsync(Stop);
    }

    [Fact]
    public async Task Without_any_new_key_it_is_refused_and_nothing_changes()
    {
        (await RefusalAsync()).Should().Be("no_new_master_key");

        await keys.DidNotReceiveWithAnyArgs().RegisterAsync("", Stop);
        await keys.DidNotReceiveWithAnyArgs().ActivateAsync("", Stop);
    }

    [Fact]
    public async Task One_that_was_begun_goes_on_with_its_key_and_does_not_register_it_again()
    {
        keys.AreOwn.Returns(true);
        known.Add(Key("k2", 2, MasterKeyState.Pending));
        held.Add("k2");

        (await HandleAsync()).Key.Should().Be("k2");

        await keys.DidNotReceiveWithAnyArgs().MakeAsync(Stop);
        await keys.DidNotReceiveWithAnyArgs().RegisterAsync("", Stop);
        await keys.Received(1).ActivateAsync("k2", Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task One_that_was_begun_with_a_key_that_is_not_here_is_refused()
    {
        known.Add(Key("k2", 2, MasterKeyState.Pending));

        (await RefusalAsync()).Should().Be("pending_master_key_missing");
    }

    [Fact]
    public async Task One_that_was_interrupted_while_it_rewrapped_goes_on_and_makes_no_third_key()
    {
        keys.AreOwn.Returns(true);
        known[0] = known[0] with { State = MasterKeyState.Old };
        known.Add(Key("k2", 2, MasterKeyState.Active));
        held.Add("k2");

        (await HandleAsync()).Key.Should().Be("k2");

        await keys.DidNotReceiveWithAnyArgs().MakeAsync(Stop);
        await keys.DidNotReceiveWithAnyArgs().ActivateAsync("", Stop);
        await keys.ReceivedWithAnyArgs().RewrapAsync(null, Stop);
    }

    [Fact]
    public async Task As_long_as_a_gateway_lacks_the_key_it_seals_nothing()
    {
        held.Add("k2");
        var lacking = new GatewayKeys(Guid.NewGuid(), default, ["k1"]);
        gateways.AddRange([lacking, new GatewayKeys(Guid.NewGuid(), default, ["k1", "k2"])]);

        var rotation = await HandleAsync();

        rotation.State.Should().Be(RotationState.WaitingForGateways);
        rotation.Waiting.Should().Equal(lacking.Id);
        await keys.DidNotReceiveWithAnyArgs().ActivateAsync("", Stop);
        await keys.DidNotReceiveWithAnyArgs().RewrapAsync(null, Stop);
    }

    [Fact]
    public async Task As_long_as_a_gateway_seals_with_the_old_key_nothing_is_retired()
    {
        held.Add("k2");
        gateways.Add(new GatewayKeys(Guid.NewGuid(), default, ["k1", "k2"]));

        (await HandleAsync()).State.Should().Be(RotationState.WaitingForGateways);

        await keys.ReceivedWithAnyArgs(1).ActivateAsync("", Stop);
        await keys.DidNotReceiveWithAnyArgs().RetireAsync("", Stop);
    }

    [Fact]
    public async Task What_others_change_meanwhile_is_looked_at_again()
    {
        held.Add("k2");
        var batches = new Queue<RewrapBatch>([new(Guid.NewGuid(), 3, 1, []), new(null, 0, 0, []), new(Guid.NewGuid(), 1, 0, []), new(null, 0, 0, [])]);
        keys.RewrapAsync(null, Stop).ReturnsForAnyArgs(_ => batches.Dequeue());

        (await HandleAsync()).Credentials.Should().Be(4);

        batches.Should().BeEmpty();
    }

    [Fact]
    public async Task With_credentials_that_do_not_open_it_is_not_complete()
    {
        held.Add("k2");
        var batches = new Queue<RewrapBatch>([new(Guid.NewGuid(), 1, 0, [new("broken", "why")]), new(null, 0, 0, [])]);
        keys.RewrapAsync(null, Stop).ReturnsForAnyArgs(_ => batches.Dequeue());

        var rotation = await HandleAsync();

        rotation.State.Should().Be(RotationState.Incomplete);
        rotation.Unreadable.Should().ContainSingle().Which.Provider.Should().Be("broken");
    }

    [Fact]
    public async Task A_dry_run_only_reads()
    {
        held.Add("k2");

        (await HandleAsync(dryRun: true)).Should().BeEquivalentTo(new { State = RotationState.Planned, Key = "k2", Credentials = 2 });

        keys.ReceivedCalls().Select(call => call.GetMethodInfo().Name)
            .Should().OnlyContain(name => name == nameof(keys.ReadAsync) || name == nameof(keys.FirstBut));
    }

    private static MasterKeyItem Key(string id, int version, MasterKeyState state, long credentials = 0) => new(id, version, state, credentials, null, null, null);

    private Task<Rotation> HandleAsync(bool dryRun = false) => new RotateSecretsHandler(keys, new Clock())
        .Handle(new RotateSecrets(TimeSpan.Zero, dryRun), Stop);

    private async Task<string> RefusalAsync()
    {
        var handling = () => HandleAsync();
        return (await handling.Should().ThrowAsync<GatewayException>()).Which.Error.Code;
    }

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
