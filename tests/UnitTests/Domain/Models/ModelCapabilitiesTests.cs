using CleanGateway.Domain.Models;

namespace CleanGateway.UnitTests.Domain.Models;

public class ModelCapabilitiesTests
{
    [Fact]
    public void Not_known_is_not_no()
    {
        var capabilities = ModelCapabilities.Parse("""{"supports_vision":true,"supports_audio_input":false,"supports_x":null,"mode":"a","levels":["low",1],"most":5}""");

        (capabilities.Can("supports_vision"), capabilities.Can("supports_audio_input"), capabilities.Can("supports_x"), capabilities.Can("other"))
            .Should().Be((true, false, null, null));
        (capabilities.Word("mode"), capabilities.Word("most"), capabilities.Number("most"), capabilities.Number("mode")).Should().Be(("a", null, 5L, null));
        capabilities.Words("levels").Should().Equal("low");
        capabilities.Words("mode").Should().BeNull();
        ModelCapabilities.None.Can("supports_vision").Should().BeNull();
    }

    [Fact]
    public void A_row_goes_before_the_table_beneath()
    {
        var (row, table) = (ModelCapabilities.Parse("""{"a":true}"""), ModelCapabilities.Parse("""{"a":false,"b":false}"""));

        (row.Over(table).Can("a"), row.Over(table).Can("b")).Should().Be((true, false));
        ModelCapabilities.None.Over(table).Should().BeSameAs(table);
        row.Over(ModelCapabilities.None).Should().BeSameAs(row);
    }
}
