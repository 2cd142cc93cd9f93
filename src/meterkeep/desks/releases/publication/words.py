"""The data sheet's words, in both languages. They go out once and stay as they were, so they are no page's and not translated late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Words = Mapping[str, str]

_ENGLISH: Final = {
    "title": "Title",
    "synthetic": "Not real",
    "synthetic_text": "Synthetic data: every customer and every figure is made up.",
    "measure": "What it shows",
    "measure_text": "Energy %(what)s, added up for groups of customers. Unit: %(unit)s.",
    "mean_text": "Energy %(what)s, for each customer of a group on average. Unit: %(unit)s. Times the number of customers it is the "
    "group's total, to the last digit shown.",
    "counted_text": "How many customers there are in each group.",
    "measure_delivered": "taken from the grid",
    "measure_received": "sent to the grid",
    "measure_net": "taken from the grid less energy sent to it",
    "measure_billed": "what customers were billed",
    "billed_text": "What customers were billed, added up for groups of customers. Unit: %(unit)s.",
    "billed_mean_text": "What customers were billed, for each customer of a group on average. Unit: %(unit)s. Times the number of customers "
    "it is the group's total, to the last digit shown.",
    "groups": "Groups by",
    "zip": "ZIP code",
    "city": "city",
    "customer_class": "kind of customer",
    "rate_class": "rate",
    "solar": "solar",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "county": "county",
    "census_tract": "census tract",
    "hour": "hour of the day",
    "day": "day",
    "residential": "Homes",
    "period": "Period",
    "by": "Published by",
    "on": "Published on",
    "rule": "Rule",
    "rule_strict": "A group has at least %(customers)s customers, and each of them has less than %(share)s %% of its total.",
    "rule_at_most": "A group has at least %(customers)s customers, and each of them has at most %(share)s %% of its total.",
    "rule_count": "A group has at least %(customers)s customers.",
    "complete": "How complete it is",
    "complete_text": "%(found)s of the readings that there should be were there. %(estimated)s of them were estimated by the utility. "
    "Both are rounded. Nothing was filled in.",
    "complete_unknown": "Not known.",
    "complete_bills": "For %(found)s of the meters and months there was a bill. This is rounded. Nothing was filled in.",
    "method": "How it was made",
    "method_text": "The readings of each customer's meters were added up by %(time)s. A customer with several accounts counts once. "
    "The sums are exact: nothing is rounded, and no noise is added. A figure goes out only if the rule holds for it and for everything "
    "that can be worked out from it together with all figures published before.",
    "method_billed": "What each customer was billed was added up by %(time)s, as the bills were closed. A customer with several accounts counts "
    "once. The sums are exact: nothing is rounded, and no noise is added. A figure goes out only if the rule holds for it and for "
    "everything that can be worked out from it together with all figures published before.",
    "method_hour": "The readings of each customer's meters were added up for each hour of the day, over the days of a month. Only customers with "
    "readings for every hour count. A customer with several accounts counts once. The sums are exact: no noise is added. "
    "A figure goes out only if the rule holds in every hour, and for everything that can be worked out from all figures published.",
    "method_day": "The readings of each customer's meters were added up for each day. Only customers with readings for every day count. A "
    "customer with several accounts counts once. The sums are exact: no noise is added. A figure goes out only if the rule "
    "holds on every day, and for everything that can be worked out from all figures published.",
    "method_noise": "The readings of each customer's meters were added up by month, up to a limit for each customer. Then chance was "
    "added to each sum, so that nobody can tell from it what one customer used. A customer with several accounts counts once.",
    "noise": "How much chance was added",
    "noise_text": "About two of three figures are off by less than %(wide)s, and nineteen of twenty by less than twice that. A customer "
    "counts with at most %(clip)s a month. The numbers of customers are exact. Exact figures that are out about some of the same "
    "customers: %(exact)s. What those tell is not hidden by the chance in these.",
    "left_out": "What was left out",
    "left_out_text": "%(withheld)s of %(all)s figures. An empty figure was left out; it is not zero. All of them look the same, whatever the "
    "reason.",
    "dropped_text": "%(withheld)s of %(all)s figures. Their lines are not in the table.",
    "only": "Only these customers count",
    "combined": "Groups that were put together",
    "without": "Figures without somebody",
    "without_text": "These figures are not the whole of their group. After each stands how many customers it leaves out.",
    "nothing_out": "No figure was left out.",
    "corrects": "Comes in the place of",
    "checked": "How it was checked",
    "checked_text": "The smallest group that anybody can work out has %(group)s customers. Earlier figures that were looked at "
    "together with these: %(rows)s. The certificate has the details.",
    "screened": "What looked at the files",
    "screened_none, because the data is synthetic": "none, because the data is synthetic",
    "rule_own": "These are besides the recipient's own account, which counts as one more, whatever its share: %(customers)s in all.",
    "rule_finer": "Groups in figures by %(slot)s have at least %(customers)s customers.",
    "recalled": "Not checked against their source",
    "recalled_text": "The numbers that these clauses are cited for were not compared with the document itself: %(clauses)s.",
    "contact": "Contact",
    "contact_text": "%(name)s, privacy officer",
    "licence": "What you may do with it",
    "licence_text": "Nothing is stated. Ask before you pass it on.",
    "reference": "Reference",
    "pack": "Documents in force",
}

_SPANISH: Final = {
    "title": "Título",
    "synthetic": "No es real",
    "synthetic_text": "Datos sintéticos: todos los clientes y todas las cifras son inventados.",
    "measure": "Qué muestra",
    "measure_text": "Energía %(what)s, sumada por grupos de clientes. Unidad: %(unit)s.",
    "mean_text": "Energía %(what)s, en promedio por cliente de un grupo. Unidad: %(unit)s. Por el número de clientes da el total del "
    "grupo, hasta la última cifra que se muestra.",
    "counted_text": "Cuántos clientes hay en cada grupo.",
    "measure_delivered": "tomada de la red",
    "measure_received": "enviada a la red",
    "measure_net": "tomada de la red menos la enviada a ella",
    "measure_billed": "lo facturado a los clientes",
    "billed_text": "Lo facturado a los clientes, sumado por grupos de clientes. Unidad: %(unit)s.",
    "billed_mean_text": "Lo facturado, en promedio por cliente de un grupo. Unidad: %(unit)s. Por el número de clientes da el total del "
    "grupo, hasta la última cifra que se muestra.",
    "groups": "Grupos por",
    "zip": "código postal",
    "city": "ciudad",
    "customer_class": "tipo de cliente",
    "rate_class": "tarifa",
    "solar": "energía solar",
    "month": "mes",
    "quarter": "trimestre",
    "year": "año",
    "county": "condado",
    "census_tract": "sector censal",
    "hour": "hora del día",
    "day": "día",
    "residential": "Hogares",
    "period": "Período",
    "by": "Publicado por",
    "on": "Publicado el",
    "rule": "Regla",
    "rule_strict": "Un grupo tiene al menos %(customers)s clientes y cada uno de ellos tiene menos del %(share)s %% de su total.",
    "rule_at_most": "Un grupo tiene al menos %(customers)s clientes y cada uno de ellos tiene como mucho el %(share)s %% de su total.",
    "rule_count": "Un grupo tiene al menos %(customers)s clientes.",
    "complete": "Qué tan completo está",
    "complete_text": "Estaba el %(found)s de las lecturas que debería haber. La empresa eléctrica estimó el %(estimated)s de ellas. "
    "Ambas cifras están redondeadas. No se rellenó nada.",
    "complete_unknown": "No se sabe.",
    "complete_bills": "Hubo factura para %(found)s de los medidores y meses. Está redondeado. No se completó nada.",
    "method": "Cómo se hizo",
    "method_text": "Las lecturas de los medidores de cada cliente se sumaron por %(time)s. Un cliente con varias cuentas cuenta una vez. "
    "Las sumas son exactas: nada se redondea y no se agrega ruido. Una cifra sale solo si la regla se cumple para ella y para todo "
    "lo que se puede calcular de ella junto con todas las cifras publicadas antes.",
    "method_billed": "Lo facturado a cada cliente se sumó por %(time)s, según el cierre de las facturas. Un cliente con varias cuentas cuenta "
    "una vez. Las sumas son exactas: no se redondea ni se añade ruido. Una cifra sale solo si la regla se cumple para ella y para "
    "todo lo que se puede calcular con ella y con las cifras publicadas antes.",
    "method_hour": "Las lecturas de los medidores de cada cliente se sumaron por hora del día, en los días de un mes. Solo cuentan los clientes "
    "con lecturas en todas las horas. Un cliente con varias cuentas cuenta una vez. Las sumas son exactas: no se agrega ruido. "
    "Una cifra sale solo si la regla se cumple en cada hora y para todo lo que se puede calcular de todas las cifras publicadas.",
    "method_day": "Las lecturas de los medidores de cada cliente se sumaron por día. Solo cuentan los clientes con lecturas en todos los días. Un "
    "cliente con varias cuentas cuenta una vez. Las sumas son exactas: no se agrega ruido. Una cifra sale solo si la regla se "
    "cumple en cada día y para todo lo que se puede calcular de todas las cifras publicadas.",
    "method_noise": "Las lecturas de los medidores de cada cliente se sumaron por mes, hasta un límite por cliente. Luego se agregó azar "
    "a cada suma, para que nadie pueda saber por ella cuánto usó un cliente. Un cliente con varias cuentas cuenta una vez.",
    "noise": "Cuánto azar se agregó",
    "noise_text": "Unas dos de cada tres cifras se desvían menos de %(wide)s, y diecinueve de cada veinte menos del doble. Un cliente "
    "cuenta con %(clip)s al mes como máximo. Los números de clientes son exactos. Cifras exactas publicadas sobre algunos de los mismos "
    "clientes: %(exact)s. Lo que esas dicen no queda oculto por el azar de estas.",
    "left_out": "Qué se omitió",
    "left_out_text": "%(withheld)s de %(all)s cifras. Una cifra vacía se omitió; no es cero. Todas se ven igual, sea cual sea el motivo.",
    "dropped_text": "%(withheld)s de %(all)s cifras. Sus líneas no están en la tabla.",
    "only": "Solo cuentan estos clientes",
    "combined": "Grupos que se juntaron",
    "without": "Cifras sin alguien",
    "without_text": "Estas cifras no son todo su grupo. Tras cada una está cuántos clientes omite.",
    "nothing_out": "No se omitió ninguna cifra.",
    "corrects": "Sustituye a",
    "checked": "Cómo se revisó",
    "checked_text": "El grupo más pequeño que alguien puede calcular tiene %(group)s clientes. Cifras anteriores que se revisaron junto con "
    "estas: %(rows)s. El certificado tiene los detalles.",
    "screened": "Qué revisó los archivos",
    "screened_none, because the data is synthetic": "nada, porque los datos son sintéticos",
    "rule_own": "Estos son aparte de la cuenta propia del destinatario, que cuenta como uno más, sea cual sea su parte: %(customers)s en total.",
    "rule_finer": "Los grupos en cifras por %(slot)s tienen al menos %(customers)s clientes.",
    "recalled": "Sin comparar con su fuente",
    "recalled_text": "Los números que se citan de estas cláusulas no se compararon con el documento mismo: %(clauses)s.",
    "contact": "Contacto",
    "contact_text": "%(name)s, responsable de privacidad",
    "licence": "Qué puede hacer con esto",
    "licence_text": "No se indica nada. Pregunte antes de compartirlo.",
    "reference": "Referencia",
    "pack": "Documentos vigentes",
}

WORDS: Final[Mapping[str, Words]] = {"en": _ENGLISH, "es": _SPANISH}
